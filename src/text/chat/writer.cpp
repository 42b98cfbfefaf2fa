#include "text/chat/format.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::chat {
namespace {

using namespace tokenization;

// What Python's str.strip takes away: the information separators too, which lack Unicode's White_Space property.
bool is_python_space(char32_t c) noexcept { return is_white_space(c) || (c >= 0x1C && c <= 0x1F); }

// `text` is valid UTF-8.
std::string_view strip(std::string_view text) noexcept {
  while (!text.empty()) {
    const CodePoint c = decode_utf8(text.data());
    if (!is_python_space(c.value)) break;
    text.remove_prefix(c.length);
  }
  while (!text.empty()) {
    const CodePoint c = last_character(text);
    if (!is_python_space(c.value)) break;
    text.remove_suffix(c.length);
  }
  return text;
}

}  // namespace

void Writer::marker(std::string_view text) {
  if (!text.empty()) segments_.push_back({std::string(text), true});
}

void Writer::text(std::string_view text) {
  if (text.empty()) return;
  if (segments_.empty() || segments_.back().marker) segments_.push_back({});
  segments_.back().text += text;
}

void Writer::content(std::string_view content, bool strip_it) {
  std::string valid;
  append_lossy(valid, content);
  text(strip_it ? strip(valid) : std::string_view(valid));
}

}  // namespace bitnet::chat
