"""The addresses at which a browser sees each page of the dental business; a new page must be added here."""

# Endpoint of the blueprint → paths. The ids are those of `dental_business.py` in a database of its own.
PATHS: dict[str, tuple[str, ...]] = {
    "overview": ("/",),
    "list_numbers": ("/numbers", "/numbers?search=nothing+like+it"),
    "show_one_number": ("/numbers/1", "/numbers/8", "/numbers/9", "/numbers/10"),
    "pause_one_form": ("/numbers/1/pause",),
    "release_form": ("/numbers/1/release",),
    "show_forwarding_codes": ("/numbers/1/lines/1/codes",),
    "remove_line_form": ("/numbers/1/lines/1/remove",),
    "assign_selected_form": ("/numbers/selected/assign?number=1&number=2",),
    "pause_selected_form": ("/numbers/selected/pause?number=1&number=2",),
    "resume_selected_form": ("/numbers/selected/resume?number=8",),
    "search_form": ("/numbers/get", "/numbers/get?country=US&area_code=415", "/numbers/get?country=US&city=Nowhere"),
    "purchase_form": ("/numbers/get/confirm?phone_number=%2B14155550120&country=US",),
    "show_purchase": ("/numbers/get/1",),
    "list_agents": ("/agents", "/agents?search=nobody"),
    "new_agent": ("/agents/new",),
    "show_agent": ("/agents/1",),
    "delete_agent_form": ("/agents/1/delete",),
    "list_locations": ("/locations",),
    "new_location": ("/locations/new",),
    "show_location": ("/locations/1",),
    "delete_location_form": ("/locations/1/delete",),
    "show_toggles": ("/agents/1/numbers", "/locations/1/numbers"),
    "list_calls": ("/calls", "/calls?decision=strange", "/calls?caller=%2B14155550100"),
    "count_days": ("/calls/days?days=30",),
    "show_call": ("/calls/{call_sid}",),
    "show_differences": ("/sync",),
    "release_gone_form": ("/sync/release?number_id=2",),
    "take_over_form": ("/sync/take-over?phone_number=%2B14155550120",),
    "account_form": ("/settings/account",),
    "list_users": ("/settings/users",),
    "show_user": ("/settings/users/1",),
    "delete_user_form": ("/settings/users/1/delete",),
    "set_password_form": ("/settings/users/1/password",),
    "list_tokens": ("/settings/tokens",),
    "revoke_token_form": ("/settings/tokens/1/revoke",),
    "twilio_page": ("/settings/twilio",),
    "bill_page": ("/settings/billing", "/settings/billing?month=2020-01"),
    "list_changes": ("/settings/changes", "/settings/changes?number=nothing"),
    "show_change": ("/settings/changes/20",),
    "own_user": ("/settings/you",),
    "end_sessions_form": ("/settings/you/sessions",),
    "second_factor_form": ("/settings/you/second-factor",),
    "reset_second_factor_form": ("/settings/users/1/second-factor",),
    "timezone_form": ("/timezone",),
    "password_form": ("/password",),
}
# What is no page: files, pieces of a page, and what only leads to another one.
NO_PAGES = {
    "static",
    "table_of_calls",
    "bill_table",
    "show_target",
    "show_line_state",
    "show_story",
    "settings_start",
} | {"suggest_names"}
# Seen once, after a form: here after a token is created.
AFTER_A_FORM = {"shown_once"}
# Seen by who has not logged in.
STRANGERS = {"log_in_form"}
# Path, and what opens a side panel there.
PANELS = (
    ("/numbers/1", "Pause…"),
    ("/numbers/1", "Release this number…"),
    ("/numbers/1", "What to dial"),
    ("/numbers/get?country=US&area_code=415", "Purchase (415) 555-0110"),
    ("/agents/1", "Manage"),
    ("/agents/1", "Delete…"),
    ("/settings/tokens", "Revoke Booking system"),
)
