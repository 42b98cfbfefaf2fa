// Model files made by hand, right or wrong, and folders for them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/error.hpp"

namespace bitnet::testing {

/// The little-endian bytes of a number.
template <typename T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// A GGUF file: header, metadata and tensor entries in the order of the calls, then the tensors' bytes.
class GgufBuilder {
 public:
  explicit GgufBuilder(std::uint32_t version = 3, std::uint64_t alignment = 32)
      : version_(version), alignment_(alignment) {}

  static std::string text(std::string_view value) { return raw<std::uint64_t>(value.size()) + std::string(value); }
  static std::string array(std::uint32_t element, std::uint64_t count, const std::string& values) {
    return raw(element) + raw(count) + values;
  }

  /// `type` is the format's number, `value` the bytes behind it.
  GgufBuilder& key(std::string_view name, std::uint32_t type, const std::string& value) {
    metadata_ += text(name) + raw(type) + value;
    ++keys_;
    return *this;
  }
  GgufBuilder& u32(std::string_view name, std::uint32_t value) { return key(name, 4, raw(value)); }
  GgufBuilder& f32(std::string_view name, float value) { return key(name, 6, raw(value)); }
  GgufBuilder& string(std::string_view name, std::string_view value) { return key(name, 8, text(value)); }
  GgufBuilder& strings(std::string_view name, const std::vector<std::string>& values) {
    std::string all;
    for (const std::string& value : values) all += text(value);
    return key(name, 9, array(8, values.size(), all));
  }
  /// `sizes` as the file lists them, innermost first; the offset follows the tensors before.
  GgufBuilder& tensor(std::string_view name, const std::vector<std::uint64_t>& sizes, std::uint32_t type,
                      const std::string& bytes) {
    return tensor_at(name, sizes, type, data_.size(), bytes);
  }
  GgufBuilder& tensor_at(std::string_view name, const std::vector<std::uint64_t>& sizes, std::uint32_t type,
                         std::uint64_t offset, const std::string& bytes) {
    entries_ += text(name) + raw(static_cast<std::uint32_t>(sizes.size()));
    for (const std::uint64_t size : sizes) entries_ += raw(size);
    entries_ += raw(type) + raw(offset);
    ++tensors_;
    data_ += bytes;
    data_.resize((data_.size() + alignment_ - 1) / alignment_ * alignment_, '\0');
    return *this;
  }

  std::string head() const { return "GGUF" + raw(version_) + raw(tensors_) + raw(keys_) + metadata_ + entries_; }
  std::string build() const {
    std::string file = head();
    if (tensors_ != 0) file.resize((file.size() + alignment_ - 1) / alignment_ * alignment_, '\0');
    return file + data_;
  }

 private:
  std::uint32_t version_;
  std::uint64_t alignment_, keys_ = 0, tensors_ = 0;
  std::string metadata_, entries_, data_;
};

inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  return raw<std::uint64_t>(header.size()) + std::string(header) + std::string(data);
}

/// A folder of its own that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bitnet-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// `call` must throw a bitnet::Error of this code, one line of text that holds `part`.
template <typename Call>
void expect_error(ErrorCode code, std::string_view part, const Call& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown; expected '" << part << "'";
  } catch (const Error& e) {
    EXPECT_EQ(error_code_name(e.code()), error_code_name(code)) << e.what();
    EXPECT_NE(std::string_view(e.what()).find(part), std::string_view::npos) << e.what() << "\nhas no '" << part << "'";
    EXPECT_EQ(std::string_view(e.what()).find('\n'), std::string_view::npos) << e.what();
  }
}

/// `parse` is given every prefix of `bytes`, and `bytes` with each of the first `head` bytes changed in several ways.
/// Each time it must return or throw a bitnet::Error. Every input is a heap block of its exact size, for sanitizers to
/// see.
template <typename Parse>
void expect_robust(const std::string& bytes, std::size_t head, const Parse& parse) {
  const auto attempt = [&](std::string_view input) {
    const std::vector<char> exact(input.begin(), input.end());
    try {
      parse(std::string_view(exact.data(), exact.size()));
    } catch (const Error&) {
    }
  };
  for (std::size_t size = 0; size <= bytes.size(); ++size) attempt(std::string_view(bytes).substr(0, size));
  for (std::size_t i = 0; i < std::min(head, bytes.size()); ++i)
    for (const int flip : {0x01, 0x02, 0x10, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      attempt(changed);
    }
}

}  // namespace bitnet::testing
