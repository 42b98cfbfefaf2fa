#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "bitnet/memory_pressure.hpp"

namespace bitnet {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The number behind `name` and blanks at the beginning of a line; an empty name is the file's first number.
template <typename Number>
std::optional<Number> number_behind(std::string_view text, std::string_view name) {
  std::size_t at = 0;
  if (!name.empty()) {
    at = text.starts_with(name) ? 0 : text.find("\n" + std::string(name));
    if (at == std::string_view::npos) return std::nullopt;
    at += (at == 0 && text.starts_with(name) ? 0 : 1) + name.size();
  }
  at = text.find_first_not_of(" \t", at);
  if (at == std::string_view::npos) return std::nullopt;
  Number number{};
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::uint64_t kilobytes(std::string_view text, std::string_view name) {
  const auto value = number_behind<std::uint64_t>(text, name).value_or(0);
  return value > UINT64_MAX / 1024 ? 0 : value * 1024;
}

// The group with the least room, from this process's own up to the root.
void read_groups(const std::filesystem::path& root, SystemMemory& memory) {
  const std::string groups = read_file(root / "proc/self/cgroup");
  const std::size_t begin = groups.starts_with("0::/") ? 4 : groups.find("\n0::/");
  if (begin == std::string::npos) return;
  const std::size_t name = begin == 4 ? 4 : begin + 5;
  std::filesystem::path group = std::filesystem::path(groups.substr(name, groups.find('\n', name) - name));
  for (const auto& part : group)
    if (part == "..") return;  // of another namespace
  const std::filesystem::path base = root / "sys/fs/cgroup";
  for (bool last = false; !last; group = group.parent_path()) {
    last = group.empty();
    const auto limit = number_behind<std::uint64_t>(read_file(base / group / "memory.max"), "");
    const auto used = number_behind<std::uint64_t>(read_file(base / group / "memory.current"), "");
    if (!limit || *limit == 0 || !used) continue;
    // Pages of files that nobody has used for a while go before anything else does.
    const auto files = number_behind<std::uint64_t>(read_file(base / group / "memory.stat"), "inactive_file ");
    const std::uint64_t held = *used - std::min(*used, files.value_or(0));
    const auto share = [](std::uint64_t bytes, std::uint64_t most) {
      return static_cast<double>(bytes) / static_cast<double>(most);
    };
    if (memory.group_limit == 0 || share(held, *limit) > share(memory.group_bytes, memory.group_limit)) {
      memory.group_limit = *limit;
      memory.group_bytes = held;
    }
  }
}

}  // namespace

SystemMemory read_system_memory(const std::filesystem::path& root) {
  SystemMemory memory;
  const std::string info = read_file(root / "proc/meminfo");
  memory.total_bytes = kilobytes(info, "MemTotal:");
  memory.available_bytes = kilobytes(info, "MemAvailable:");
  read_groups(root, memory);
  const std::string stalls = read_file(root / "proc/pressure/memory");
  if (const auto percent = number_behind<double>(stalls, "some avg10="); percent && *percent >= 0 && *percent <= 100)
    memory.stalled = *percent / 100;
  return memory;
}

}  // namespace bitnet
