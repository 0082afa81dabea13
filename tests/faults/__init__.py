"""Failures forced on real servers and real processes while signed calls come in."""
