"""What is checked against BlueZ, in the order in which it is run.

Each check is a coroutine; its name is the sentence that is printed, and what it returns is printed
behind that. It fails by an AssertionError, or by whatever else leaves it.
"""

import driving
import finding
import trouble
from bench import Check

CHECKS: tuple[Check, ...] = (
    finding.quarterturn_scan_finds_the_treadmill,
    finding.the_link_connects_by_address_reads_and_lets_go,
    finding.the_link_connects_by_name,
    finding.quarterturn_plan_asks_the_treadmill_and_lets_go_of_it,
    finding.a_program_that_was_killed_leaves_the_treadmill_to_be_had,
    finding.two_searches_at_once_do_not_disturb_each_other,
    finding.a_search_begins_while_a_cancelled_one_ends,
    finding.the_system_searches_for_somebody_else_meanwhile,
    driving.the_control_point_answers,
    driving.the_driver_starts_sets_is_paused_by_the_console_and_stops,
    trouble.a_lost_link_is_told_and_made_again,
    trouble.a_request_that_the_lost_link_cuts_off_is_no_refusal,
    trouble.what_another_app_holds_is_not_seen_and_the_advice_says_so,
    trouble.an_address_that_nobody_has_is_given_up_in_twelve_seconds,
    trouble.an_adapter_that_is_switched_off_is_said_at_once,
    trouble.an_adapter_that_is_switched_off_while_connected_is_a_lost_link,
    trouble.without_bluetoothd_the_message_says_what_to_start,
    trouble.without_a_message_bus_the_message_is_the_same,
    trouble.bluetoothd_that_is_stopped_while_connected_is_a_lost_link,
    trouble.bluetoothd_that_crashes_is_a_lost_link_at_the_next_request,
    driving.the_first_three_phases_of_the_circle_are_the_same_bytes_as_in_process,
    driving.pyftms_reads_controls_and_stops_the_treadmill,
)
