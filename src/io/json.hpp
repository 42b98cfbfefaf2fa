// JSON objects out of files: headers, indexes and configurations.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitnet {

/// Throws kInvalidFile, `what` being the subject of the message, when the text is no JSON object, when values nest
/// deeper than `most_nesting` (code that walks JSON recurses), and when an object has a key twice, so that readers
/// could disagree.
nlohmann::json parse_json_object(std::string_view text, std::string_view what, int most_nesting);

}  // namespace bitnet
