#include "quant/packing/tl_config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/fail.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMostSize = 0x7FFFFFFF;

struct Key {
  std::string_view name;
  std::size_t TlTiles::*member;
};
constexpr Key kKeys[] = {
    {"m", &TlTiles::m}, {"k", &TlTiles::k}, {"bm", &TlTiles::bm}, {"bk", &TlTiles::bk}, {"bmm", &TlTiles::bmm}};

struct Section {
  std::size_t line = 0;
  std::string_view name;
  TlTiles tiles;  // 0: not given yet
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Python's configparser takes keys in any case.
const Key* find_key(std::string_view name) {
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); };
  for (const Key& key : kKeys)
    if (std::equal(key.name.begin(), key.name.end(), name.begin(), name.end(), same)) return &key;
  return nullptr;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value == 0 || value > kMostSize) return std::nullopt;
  return static_cast<std::size_t>(value);
}

void read_key(std::string_view line, std::size_t number, Section& section) {
  const std::size_t at = line.find_first_of("=:");
  if (at == line.npos) fail_file("line {}: '{}' is neither a [section] nor a 'key = value'", number, printable(line));
  if (section.line == 0) fail_file("line {}: '{}' stands before the first [section]", number, printable(line));
  const Key* key = find_key(trim(line.substr(0, at)));
  if (key == nullptr) return;
  std::size_t& value = section.tiles.*key->member;
  if (value != 0) fail_file("line {}: '{}' stands twice in [{}]", number, key->name, printable(section.name));
  const std::string_view text = trim(line.substr(at + 1));
  const auto size = parse_size(text);
  if (!size)
    fail_file("line {}: {} = '{}' is no whole number from 1 to {}", number, key->name, printable(text), kMostSize);
  value = *size;
}

void finish(const Section& section, std::vector<TlTiles>& found) {
  if (section.line == 0) return;
  for (const Key& key : kKeys)
    if (section.tiles.*key.member == 0)
      fail_file("line {}: section [{}] has no '{}'; it needs m, k, bm, bk and bmm", section.line,
                printable(section.name), key.name);
  if (find_tl_tiles(found, section.tiles.m, section.tiles.k) == nullptr) found.push_back(section.tiles);
}

}  // namespace

std::vector<TlTiles> parse_tl_config(std::string_view text) {
  std::vector<TlTiles> found;
  Section section;
  std::size_t sections = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() != '[') {
      read_key(line, number, section);
      continue;
    }
    if (line.back() != ']') fail_file("line {}: the section '{}' has no ']'", number, printable(line));
    finish(section, found);
    if (++sections > kMostTlKernels) fail_file("line {}: more than {} sections", number, kMostTlKernels);
    section = {number, line.substr(1, line.size() - 2), {}};
  }
  finish(section, found);
  return found;
}

const TlTiles* find_tl_tiles(std::span<const TlTiles> tiles, std::size_t m, std::size_t k) noexcept {
  const auto at = std::find_if(tiles.begin(), tiles.end(), [&](const TlTiles& t) { return t.m == m && t.k == k; });
  return at == tiles.end() ? nullptr : &*at;
}

const TlPreset* find_tl_preset(std::span<const TlPreset> presets, std::string_view name) noexcept {
  const auto at = std::find_if(presets.begin(), presets.end(), [&](const TlPreset& p) { return p.name == name; });
  return at == presets.end() ? nullptr : &*at;
}

}  // namespace bitnet
