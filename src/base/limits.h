// Every limit of the product that an input can run into, in one place. Units are in the names.
#pragma once

#include <cstddef>
#include <cstdint>

namespace threadkeep::limits {

inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t body_bytes_max = 8U << 20;
inline constexpr std::size_t content_bytes_max = 4U << 20;  // one message's content, as JSON
inline constexpr std::size_t content_blocks_max = 10'000;
inline constexpr std::size_t metadata_bytes_max = 64U << 10;
// Of content, and of the objects that are kept with a row: with what a push, a page and an export
// put around them they still have at most json_depth_max.
inline constexpr int value_depth_max = 56;
inline constexpr std::size_t title_bytes_max = 2'000;
inline constexpr std::size_t name_bytes_max = 200;  // folder, tag, model, tool, preset
inline constexpr std::size_t tags_max = 64;
inline constexpr std::size_t system_prompt_bytes_max = 64U << 10;
inline constexpr int temperature_max = 2;
inline constexpr std::int64_t answer_tokens_max = 10'000'000;
inline constexpr std::size_t tools_named_max = 128;
// Of one user; their ids, names and settings have at most so many bytes together, so that a device
// gets them all at once.
inline constexpr std::int64_t presets_max = 500;
inline constexpr std::size_t presets_bytes_max = 2U << 20;
inline constexpr std::int64_t preset_rows_max = 10'000;           // with the deleted ones
inline constexpr std::int64_t time_max = 253'402'300'799'999;     // Unix ms: the year 9999
inline constexpr std::int64_t count_max = 9'007'199'254'740'991;  // 2^53 - 1: exact in any client
inline constexpr std::size_t upsert_messages_max = 1'000;
inline constexpr int duet_turns_max = 50;  // of one request
inline constexpr int page_limit_max = 200;
inline constexpr int models_per_generation_max = 8;
inline constexpr std::int64_t vendors_per_user_max = 64;  // that a user entered
inline constexpr std::int64_t import_bytes_max = std::int64_t{2} << 30;
// Of a file that a person attaches, unless the configuration says otherwise.
inline constexpr std::int64_t attachment_bytes_max = std::int64_t{100} << 20;
inline constexpr std::size_t file_name_bytes_max = 1'000;
inline constexpr std::int64_t blob_bytes_max = std::int64_t{2} << 30;
inline constexpr std::size_t media_type_bytes_max = 200;
inline constexpr int feed_limit_max = 1'000;
inline constexpr int feed_transaction_rows_max =
    1'000;  // a transaction of up to this many rows is never split over two pages
inline constexpr std::size_t feed_page_bytes = 4U << 20;  // of contents; then the page ends
inline constexpr std::size_t page_bytes = 4U << 20;       // the same, of a page of messages
inline constexpr std::size_t siblings_listed_max = 64;    // with one message
// Of rows that a push is told without having sent them; what follows has no result, and is sent
// again.
inline constexpr std::size_t push_told_bytes = 4U << 20;
inline constexpr std::size_t push_operations_max = 100;
inline constexpr std::size_t messages_deleted_at_once_max = 1'000;  // by name; a branch is whole
inline constexpr std::int64_t purge_rows_per_call = 10'000;  // a whole conversation at the least
inline constexpr std::int64_t trash_kept_ms = std::int64_t{30} * 24 * 3'600 * 1'000;
// A blob that no message refers to: as long as a device may hold a message of its upload unsent.
inline constexpr std::int64_t blobs_kept_ms = std::int64_t{7} * 24 * 3'600 * 1'000;
inline constexpr std::int64_t ids_kept_ms = std::int64_t{400} * 24 * 3'600 * 1'000;

// Set by the key layout user(20 bits) | conversation of the user(20) | position(23).
inline constexpr std::int64_t conversations_per_user_max = (1 << 20) - 1;
inline constexpr std::int64_t messages_per_conversation_max = (1 << 23) - 1;

}  // namespace threadkeep::limits
