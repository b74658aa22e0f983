"""One table of bad input, damage and attack: what it is, what it gets, and the test that shows it.

E stops before training, with what came, where, what was expected and what to type; Q sets the row aside and goes on;
W is said once and kept; R is an answer of HTTP that names the field. A row that cannot come up yet says why.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

PICTURES = {
    "Q a JPEG cut in half": "kinds/test_bad_pictures::test_a_picture_cut_in_half_is_refused_not_shown_half",
    "Q a picture of zero bytes": "kinds/test_bad_pictures::test_zero_bytes_are_named",
    "Q a web page named as a picture": "kinds/test_bad_pictures::test_an_error_page_named_as_a_picture_is_told",
    "Q a picture of 13,000 × 13,000 pixels in 20 kB": (
        "kinds/test_bad_pictures::test_a_picture_of_too_many_pixels_is_refused_from_its_header"
    ),
    "W a PNG of 16 bits": "kinds/test_bad_pictures::test_sixteen_bits_are_scaled_by_their_depth",
    "W CMYK, palette, alpha and grey in one set": "kinds/test_bad_pictures::test_every_change_of_colour_is_counted",
    "W the counts of what was converted": "data/test_store::test_rows_stand_in_their_order_and_bad_ones_are_set_aside",
    "W a photo to be turned": "kinds/test_bad_pictures::test_a_photo_is_turned_as_its_exif_says",
    "W a photo to be turned, with boxes": "data/sources/test_voc::test_pictures_that_are_turned_are_said",
    "Q a picture of 1 × 1 or 1 × 10,000": ("kinds/test_bad_pictures::test_a_picture_too_small_or_too_thin_is_refused"),
    "W a long picture squeezed": "kinds/test_bad_pictures::test_a_long_picture_is_squeezed_and_said",
    "E a mask of another size than its picture": (
        "data/sources/test_pairs::test_a_mask_of_another_size_than_its_picture_stops_everything"
    ),
    "E a mask with a value that is no class": "data/test_store::test_a_value_that_is_no_class_stops_with_the_files",
    "Q a box outside, or of no area": "data/sources/test_voc::test_a_box_that_cannot_be_is_left_out_and_said",
    "E boxes as corner and size": ("data/sources/test_voc::test_boxes_written_as_corner_and_size_stop_everything"),
    "E an empty class folder": "data/sources/test_folders::test_an_empty_class_folder_stops",
    "E one class only": "data/sources/test_folders::test_one_class_only_stops",
    "W names that are not UTF-8, hold line ends, or 255 bytes": (
        "data/sources/test_folders::test_odd_names_are_kept_apart_and_safe_to_print"
    ),
    "W links in a ring, and out of the folder": "data/sources/test_folders::test_links_are_not_followed_and_counted",
    "Q files that may not be read": (
        "data/sources/test_folders::test_a_file_that_may_not_be_read_is_named_with_the_mend"
    ),
    "Q a file deleted or changed during the run": (
        "data/sources/test_folders::test_a_file_changed_or_deleted_during_the_run_is_set_aside_and_the_order_stays"
    ),
}

SOUNDS_AND_TEXTS = {
    "Q a WAV whose data is cut in half": "kinds/test_bad_sounds::test_half_a_file_is_never_taken_for_a_whole_one",
    "Q a WAV of floats with NaN": "kinds/test_bad_sounds::test_one_sample_that_is_not_finite_sets_a_sound_aside",
    "W rates that are mixed": "kinds/test_bad_sounds::test_other_rates_are_brought_to_the_commonest_and_counted",
    "W a recording of hours among clips": (
        "kinds/test_bad_sounds::test_one_long_sound_among_clips_is_cut_to_its_loudest_stretch"
    ),
    "W silence and clipping": "kinds/test_bad_sounds::test_silence_and_clipping_are_said",
    "E Latin-1 in a table": "data/sources/test_delimited::test_latin_1_in_utf_8_stops_with_line_guess_and_flag",
    "E Latin-1 in any text": (
        "data/sources/test_encoding::test_file_line_and_a_guess_are_named_and_the_guess_reads_it"
    ),
    "Q NUL bytes": "data/sources/test_delimited::test_lines_with_nul_bytes_are_set_aside",
    "Q half a surrogate pair": (
        "data/sources/test_arrays_and_frames::test_lines_that_are_no_json_are_set_aside_with_their_number"
    ),
    "Q an empty text, or blanks": (
        "kinds/test_text::test_a_text_without_a_word_is_bad_and_training_without_one_is_refused"
    ),
    "W a text past the model's length": "kinds/test_text::test_what_is_too_long_is_cut_and_counted",
    "E a token that is not in the vocabulary": "kinds/test_text::test_no_id_is_outside_the_vocabulary",
}

TABLES = {
    "E rows with one field too many": (
        "data/sources/test_delimited::test_one_field_too_many_under_the_names_stops_with_the_line"
    ),
    "Q one longer row, one short row": (
        "data/sources/test_delimited::"
        "test_one_longer_row_and_one_short_row_are_set_aside_and_the_others_keep_their_lines"
    ),
    "the value NA, None or nan": ("data/sources/test_delimited::test_a_word_for_nothing_is_text_unless_it_is_declared"),
    "W postcodes with a leading zero": "data/sources/test_delimited::test_a_leading_zero_makes_text_and_is_said",
    "a table with semicolons": "data/sources/test_delimited::test_the_delimiter_is_found_and_recorded",
    "E two columns of one name": "data/sources/test_delimited::test_two_columns_of_one_name_stop",
    "E an empty file": "data/sources/test_delimited::test_an_empty_file_stops",
    "E a header alone": "data/sources/test_delimited::test_a_header_without_rows_stops",
    "Q 1e999 and -inf": "contract/test_kinds::test_a_row_that_cannot_be_used_is_named",
    "E numbers as 12%, $3, 1 000": (
        "kinds/test_infer::test_numbers_written_as_text_stop_with_examples_and_a_cast_that_reads_them"
    ),
    "E a target that is missing or constant": "data/test_schema::test_a_target_that_is_constant_or_missing_stops",
    "E a target that varies in one part only": "data/test_split::test_a_target_that_varies_in_one_part_only_stops",
    "E a class that training never saw": (
        "data/test_split::test_a_class_of_the_test_part_that_training_has_not_stops_unless_declared"
    ),
    "E masks of the value to ignore alone": "kinds/test_mask::test_masks_of_one_value_teach_nothing",
    "E arrays of Python objects": "data/sources/test_arrays_and_frames::test_arrays_of_objects_are_never_loaded",
    "E a pickled frame": "data/sources/test_arrays_and_frames::test_pickles_are_never_loaded",
    "E other columns when answers are asked for": "predict/test_tables::test_missing_columns_are_listed",
    "columns in another order": "predict/test_tables::test_columns_are_matched_by_name",
    "W times out of order": "data/test_windows::test_rows_out_of_order_are_sorted_and_said",
    "E times that stand twice": "data/test_windows::test_times_that_stand_twice_stop_and_both_rows_are_named",
    "W gaps": "data/test_windows::test_no_window_reaches_over_a_gap_unless_it_is_declared_filled",
    "W two frequencies": "data/test_windows::test_which_tables_are_series",
    "the hour that the clocks are put back, and forward": (
        "data/test_windows::test_the_hour_of_summer_time_is_a_gap_or_stands_twice"
    ),
    "E times with and without a zone": (
        "data/sources/test_delimited::test_times_with_and_without_a_zone_stop_naming_the_column"
    ),
    "E a future covariate that is missing": (
        "flow/test_known::test_what_is_not_known_of_the_future_stops_with_its_column_moment_and_row"
    ),
    "E an edge to node -1": "kinds/test_graph::test_an_edge_that_leads_nowhere_stops_training_and_is_named",
    "W lone nodes and loops, Q empty graphs": (
        "kinds/test_graph::test_an_empty_graph_is_set_aside_and_loops_and_lone_nodes_are_counted"
    ),
    "W odd edges of one graph": "data/sources/test_graphs::test_odd_edges_are_counted_and_left_out",
    "E a test node that trains under the same name": (
        "data/sources/test_graphs::test_a_node_folder_that_does_not_fit_is_refused"
    ),
    "E two nodes of one name": "data/sources/test_graphs::test_nodes_and_edges_that_do_not_fit_are_refused",
    "missing and unseen categories, values far away": (
        "predict/test_tables::test_an_odd_value_is_answered_with_a_warning"
    ),
}

SETTINGS = {
    "rate: 1e-3": "test_config::test_a_number_is_one_where_a_number_is_wanted",
    "types are shown": "cli/test_refused::test_config_explains_types_and_ranges",
    "no, 12:30:00 and 010": "test_config::test_text_is_not_guessed_at",
    "E a misspelt key": "test_config::test_a_word_that_is_no_setting_is_refused",
    "E values out of range, of a wrong type, or not finite": (
        "test_config::test_a_value_that_cannot_be_is_refused_by_name_and_range"
    ),
    "E a bomb": "test_config::test_a_settings_file_that_is_none_is_refused_at_once",
    "E settings that do not go together": (
        "cli/test_refused::test_an_impossible_pair_stops_before_training_and_leaves_no_run"
    ),
    "E an epoch without a full batch": "data/test_batches::test_a_batch_that_cannot_be_taken_stops_at_the_start",
    "E flags that are unknown, or lack their value": (
        "cli/test_refused::test_refused_with_what_to_type_and_nothing_left_behind"
    ),
    "a path with blanks": "cli/test_process::test_a_signal_in_training_saves_and_says_how_to_go_on",
    "E output that cannot be written": (
        "run/test_directory::test_a_parent_that_cannot_be_written_to_stops_before_any_work"
    ),
    "E output that holds another run": "cli/test_refused::test_output_that_holds_another_run_is_kept",
    "closed streams, locale C, 20 columns": ("cli/test_process::test_streams_that_close_leave_the_work_unharmed"),
    "a pipe that breaks": "cli/test_process::test_a_pipe_that_breaks_is_no_fault",
}

STATE = {
    "E a checkpoint with a flipped bit": "run/test_checkpoint::test_a_flipped_bit_names_its_tensor",
    "E a checkpoint cut, empty, or a web page": (
        "flow/test_damage::test_damaged_weights_are_named_with_what_they_look_like"
    ),
    "E the checkpoint of another model": (
        "flow/test_damage::test_weights_of_another_recipe_are_refused_with_the_difference"
    ),
    "E a newer format": "flow/test_damage::test_a_run_of_a_newer_format_says_so",
    "E a pickle for weights": "models/test_weights::test_a_pickle_is_refused_whatever_it_is_called",
    "E a pickle that would run code": "models/test_imported::test_what_a_file_would_run_is_named_and_not_run",
    "E a zip bomb for a checkpoint": "models/test_imported::test_a_zip_bomb_is_refused_before_it_is_read",
    "a pickle brought over by lamina import": "cli/test_exchange::test_a_peers_checkpoint_goes_all_the_way_to_features",
    "W NaN in a checkpoint on resume": (
        "flow/test_not_finite::test_a_checkpoint_with_numbers_that_are_not_finite_is_warned_of"
    ),
    "E NaN in weights": "flow/test_damage::test_weights_that_are_not_finite_are_refused",
    "E NaN in weights on export": "flow/test_export::test_weights_that_are_not_finite_are_not_exported",
    "E a damaged run on export": "flow/test_export::test_a_damaged_run_is_named_and_not_exported",
    "E an export that answers otherwise": (
        "flow/test_export::test_a_graph_that_answers_otherwise_is_refused_and_nothing_is_left"
    ),
    "every file whole or not there": "run/test_files::test_a_kill_leaves_the_old_file_or_the_new_one",
    "nothing deleted that is not ours": "run/test_files::test_sweeping_leaves_what_is_not_ours",
    "a damaged slot is named and the one before used": (
        "run/test_checkpoint::test_a_damaged_slot_is_named_and_the_one_before_is_used"
    ),
    "no flipped bit is read in silence": "run/test_checkpoint::test_no_flipped_bit_is_read_in_silence",
    "all that has state is kept": "train/test_session::test_a_stopped_run_goes_on_as_if_it_had_not",
    "the order of rows is a function of seed and epoch": (
        "data/test_batches::test_every_row_once_an_epoch_and_the_same_stream_from_any_step"
    ),
    "SIGTERM": "cli/test_process::test_a_signal_in_training_saves_and_says_how_to_go_on",
    "a full disk": "run/test_checkpoint::test_a_full_disk_keeps_the_last_good_checkpoint",
    "no step from what is not finite": "train/test_finite::test_a_bad_row_moves_nothing_and_is_named",
    "what a manifest lists is what it should be": (
        "run/test_directory::test_a_manifest_that_lists_what_is_no_file_is_refused"
    ),
}

SECURITY = {
    "no pickle, eval or import path": "house/test_door::test_nothing_that_is_read_can_run",
    "YAML without aliases, tags and repeated keys, 1 MiB": (
        "test_config::test_a_settings_file_that_is_none_is_refused_at_once"
    ),
    "archives of files and folders only, capped": (
        "data/sources/test_hostile_archives::test_it_is_refused_at_once_and_nothing_is_written"
    ),
    "caps on entries": "data/sources/test_folders::test_an_archive_with_too_many_entries_is_refused",
    "XML without entities": "data/sources/test_voc::test_an_xml_file_that_defines_entities_is_not_read",
    "downloads": "nothing is downloaded",
    "pixels capped from the header": (
        "kinds/test_bad_pictures::test_a_picture_of_too_many_pixels_is_refused_from_its_header"
    ),
    "any bytes are refused or read": "contract/test_fuzz::test_bytes_that_are_changed_are_refused_or_read",
    "a report of hostile text": "report/test_page::test_hostile_text_stays_text",
    "a report that asks for nothing": "report/test_browser::test_the_page_draws_and_asks_for_nothing",
}

ASKED = "serve/test_requests::test_it_is_refused_with_its_status_and_the_next_is_answered"
REQUESTS = {
    "R 400 no JSON, NaN, a key twice, nested too deep": (
        "serve/test_strict::test_what_is_wrong_is_refused_with_its_place"
    ),
    "R 400 a bomb of brackets, digits, escapes or keys": "serve/test_strict::test_a_bomb_is_refused_at_once",
    "R 400 a value of a wrong type": "serve/test_asked::test_a_value_of_another_type_is_refused_by_its_place",
    "R 400 columns that are missing or unknown": (
        "serve/test_asked::test_columns_that_are_missing_or_unknown_are_listed_with_their_row"
    ),
    "R 413 a body too large, too many rows, a gzip bomb": ASKED,
    "R 413 pictures of too many pixels together": (
        "serve/test_asked::test_the_pixels_of_a_request_are_capped_from_the_headers"
    ),
    "R 408 a slow body": "serve/test_requests::test_a_body_that_drips_is_not_waited_for",
    "R 408 slow headers": "serve/test_requests::test_headers_that_drip_are_not_waited_for",
    "R 404, 405, 415 an unknown path, method, content type or encoding, 400 bad gzip": ASKED,
    "R 503 too many requests at once": "serve/test_requests::test_who_finds_no_place_is_told_when_to_come_again",
    "R 503 too many connections": "serve/test_requests::test_there_are_only_so_many_connections",
    "a missing or unseen category, a value 100 sigma away": (
        "predict/test_served::test_what_training_never_saw_is_answered_with_warnings"
    ),
    "a run replaced under a live server": "serve/test_live::test_a_whole_new_run_takes_the_place_of_the_old_one",
    "a damaged run under a live server": "serve/test_live::test_a_damaged_new_run_is_said_once_and_the_old_one_kept",
    "a run copied under a live server": (
        "serve/test_live::test_a_run_that_is_copied_file_by_file_is_taken_when_its_last_file_is_there"
    ),
    "E a server open to others without a token": "cli/test_serve::test_others_can_reach_it_only_with_a_token",
    "R 401 no token, or a wrong one": "serve/test_requests::test_with_a_token_only_who_sends_it_is_answered",
    "R 421 a page of elsewhere that calls a local server": (
        "serve/test_requests::test_a_page_of_elsewhere_whose_name_leads_here_gets_nothing"
    ),
    "no field of a request is a path or an address": ("serve/test_asked::test_a_path_or_an_address_is_never_opened"),
    "one item's damage is one item's error": (
        "predict/test_served::test_pictures_are_answered_as_they_are_predicted_and_a_damaged_one_by_itself"
    ),
    "errors without paths, addresses or tracebacks": (
        "serve/test_requests::test_a_fault_is_told_without_a_detail_of_it"
    ),
    "SIGTERM to a server": "cli/test_serve::test_a_signal_ends_it_quietly_with_what_is_under_way_finished",
    "any bytes over a connection": (
        "serve/test_fuzz::test_bytes_of_a_request_that_are_changed_are_refused_or_answered"
    ),
}

ROWS = {**PICTURES, **SOUNDS_AND_TEXTS, **TABLES, **SETTINGS, **STATE, **SECURITY, **REQUESTS}


@cache
def held_by(module: str) -> frozenset[str]:
    """The names of the tests that a module holds, none where there is no such module."""
    path = TESTS / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_a_test_or_a_reason(row):
    module, colons, name = ROWS[row].partition("::")
    if colons:
        assert name in held_by(module), f"{row}: there is no {ROWS[row]}"
    else:
        assert len(ROWS[row].split()) >= 3, f"{row}: neither a test nor a reason"


def test_a_name_that_is_none_is_seen():
    assert "test_it_is_not_there" not in held_by("contract/test_bad_inputs")
    assert "test_a_name_that_is_none_is_seen" in held_by("contract/test_bad_inputs")
