#include "text/tokenizer/json.hpp"

namespace bitnet::tokenization {

Json parse_json(std::string_view text, std::string_view what) {
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::exception& e) {
    fail_file("{} is not valid JSON: {}", what, printable(e.what()));
  }
}

const Json* find_field(const Json& object, const char* name) {
  const auto it = as_object(object, name).find(name);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

const Json& field(const Json& object, const char* name) {
  const Json* value = find_field(object, name);
  if (value == nullptr) fail_file("the field '{}' is missing", name);
  return *value;
}

const std::string& as_string(const Json& value, const char* name) {
  if (!value.is_string()) fail_file("'{}' must be a string, not {}", name, value.type_name());
  return value.get_ref<const std::string&>();
}

const Json& as_array(const Json& value, const char* name) {
  if (!value.is_array()) fail_file("'{}' must be an array, not {}", name, value.type_name());
  return value;
}

const Json& as_object(const Json& value, const char* name) {
  if (!value.is_object()) fail_file("'{}' must be, or be in, an object, not {}", name, value.type_name());
  return value;
}

TokenId as_id(const Json& value, const char* name) {
  constexpr std::uint64_t kLimit = 0x7FFFFFFE;
  const bool whole = value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  if (!whole || value.get<std::uint64_t>() > kLimit) {
    fail_file("'{}' must be a whole number from 0 to {}, not {}", name, kLimit,
              value.is_number() ? value.dump() : value.type_name());
  }
  return static_cast<TokenId>(value.get<std::uint64_t>());
}

std::string string_field(const Json& object, const char* name) { return as_string(field(object, name), name); }

std::string string_field(const Json& object, const char* name, std::string_view otherwise) {
  const Json* value = find_field(object, name);
  return value != nullptr ? as_string(*value, name) : std::string(otherwise);
}

bool bool_field(const Json& object, const char* name, bool otherwise) {
  const Json* value = find_field(object, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail_file("'{}' must be true or false, not {}", name, value->type_name());
  return value->get<bool>();
}

std::uint32_t count_field(const Json& object, const char* name, std::uint32_t otherwise) {
  const Json* value = find_field(object, name);
  return value != nullptr ? static_cast<std::uint32_t>(as_id(*value, name)) : otherwise;
}

}  // namespace bitnet::tokenization
