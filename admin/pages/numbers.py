"""The numbers of the account."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import reading
from admin.pages.guard import page, signed_in
from operations.list_numbers import list_numbers as read_numbers
from operations.permissions import READ


@page("/numbers", READ)
def list_numbers() -> str:
    """Show all numbers."""
    with reading() as session:
        numbers = read_numbers(session, signed_in().who.account)
    return render_template("numbers/list.html", numbers=numbers)


@page("/", READ)
def overview() -> Response:
    """Begin with the numbers."""
    return redirect(url_for("pages.list_numbers"))
