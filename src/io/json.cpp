#include "io/json.hpp"

#include <set>
#include <vector>

#include "base/fail.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;

bool nests_deeper_than(std::string_view json, int most) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > most) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Json parse_json_object(std::string_view text, std::string_view what, int most_nesting) {
  if (nests_deeper_than(text, most_nesting)) fail_file("{} nests deeper than {}", what, most_nesting);
  std::vector<std::set<std::string>> open_objects;
  std::string twice;
  bool found_twice = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) {
      open_objects.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_objects.pop_back();
    } else if (event == Json::parse_event_t::key && !found_twice) {
      const auto& key = value.get_ref<const std::string&>();
      found_twice = !open_objects.back().insert(key).second;
      if (found_twice) twice = key;
    }
    return true;
  };
  Json json;
  try {
    json = Json::parse(text, watch);
  } catch (const Json::parse_error& e) {
    fail_file("{} is no valid JSON at its byte {}", what, e.byte);
  } catch (const Json::exception&) {
    fail_file("{} is no valid JSON: a number does not fit", what);
  }
  if (found_twice) fail_file("{} has '{}' twice", what, printable(twice));
  if (!json.is_object()) fail_file("{} is no JSON object", what);
  return json;
}

}  // namespace bitnet
