// Typed reading of JSON from outside: every surprise is a bitnet::Error that names the field.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/fail.hpp"
#include "bitnet/tokenizer.hpp"

namespace bitnet::tokenization {

using Json = nlohmann::json;

/// Throws kInvalidFile with the parser's message and position.
Json parse_json(std::string_view text, std::string_view what);

/// The field of an object; null when it is missing or null. Throws kInvalidFile when `object` is not an object.
const Json* find_field(const Json& object, const char* name);
/// Throws kInvalidFile when the field is missing.
const Json& field(const Json& object, const char* name);

const std::string& as_string(const Json& value, const char* name);
const Json& as_array(const Json& value, const char* name);
const Json& as_object(const Json& value, const char* name);
/// A whole number from 0 to 2^31 - 2.
TokenId as_id(const Json& value, const char* name);

std::string string_field(const Json& object, const char* name);
std::string string_field(const Json& object, const char* name, std::string_view otherwise);
bool bool_field(const Json& object, const char* name, bool otherwise);
std::uint32_t count_field(const Json& object, const char* name, std::uint32_t otherwise);

}  // namespace bitnet::tokenization
