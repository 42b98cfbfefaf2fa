// Values that other implementations computed, kept outside the repository.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bitnet::testing {

/// The environment variable BITNET_REFERENCE_DIR, or what the build was configured with; may not exist.
inline std::filesystem::path reference_dir() {
  if (const char* dir = std::getenv("BITNET_REFERENCE_DIR"); dir != nullptr && *dir != 0) return dir;
#ifdef BITNET_REFERENCE_DIR
  return BITNET_REFERENCE_DIR;
#else
  return {};
#endif
}

/// What `program -dc FILE` prints.
inline std::string read_compressed(const char* program, const std::filesystem::path& path) {
  std::string command = std::string(program) + " -dc '";
  for (const char c : path.string()) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
  FILE* pipe = ::popen((command + "'").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + std::string(program));
  std::string out;
  std::array<char, 65536> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  if (::pclose(pipe) != 0) throw std::runtime_error(std::string(program) + " cannot read " + path.string());
  return out;
}

/// The bytes of a gzip file.
inline std::string read_gz(const std::filesystem::path& path) { return read_compressed("gzip", path); }
/// The bytes of an xz file.
inline std::string read_xz(const std::filesystem::path& path) { return read_compressed("xz", path); }

/// The bytes of a plain file.
inline std::string read_bytes(const std::filesystem::path& path) {
  FILE* file = std::fopen(path.string().c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::string out;
  std::array<char, 65536> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) out.append(buffer.data(), n);
  std::fclose(file);
  return out;
}

}  // namespace bitnet::testing
