#include "io/gguf_writer.hpp"

#include <array>
#include <cstring>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "io/gguf.hpp"
#include "io/new_file.hpp"

namespace bitnet {
namespace {

constexpr std::uint64_t kAlignment = 32;  // the format's default
constexpr std::size_t kMostName = 63;     // GGML_MAX_NAME, without the end

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void append_text(std::string& out, std::string_view text) {
  append(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

void append_type(std::string& out, GgufType type) { append(out, static_cast<std::uint32_t>(type)); }

}  // namespace

void GgufWriter::begin(std::string_view key, std::uint32_t type) {
  if (!names_.insert(fmt::format("key {}", key)).second)
    fail_argument("the metadata key '{}' is set twice", printable(key));
  append_text(metadata_, key);
  append(metadata_, type);
  ++keys_;
}

void GgufWriter::set(std::string_view key, std::uint32_t value) {
  begin(key, static_cast<std::uint32_t>(GgufType::kUint32));
  append(metadata_, value);
}

void GgufWriter::set(std::string_view key, float value) {
  begin(key, static_cast<std::uint32_t>(GgufType::kFloat32));
  append(metadata_, value);
}

void GgufWriter::set(std::string_view key, bool value) {
  begin(key, static_cast<std::uint32_t>(GgufType::kBool));
  append(metadata_, static_cast<std::uint8_t>(value));
}

void GgufWriter::set(std::string_view key, std::string_view value) {
  begin(key, static_cast<std::uint32_t>(GgufType::kString));
  append_text(metadata_, value);
}

void GgufWriter::set(std::string_view key, std::span<const std::string> values) {
  begin(key, static_cast<std::uint32_t>(GgufType::kArray));
  append_type(metadata_, GgufType::kString);
  append(metadata_, static_cast<std::uint64_t>(values.size()));
  for (const std::string& value : values) append_text(metadata_, value);
}

void GgufWriter::set(std::string_view key, std::span<const std::int32_t> values) {
  begin(key, static_cast<std::uint32_t>(GgufType::kArray));
  append_type(metadata_, GgufType::kInt32);
  append(metadata_, static_cast<std::uint64_t>(values.size()));
  for (const std::int32_t value : values) append(metadata_, value);
}

void GgufWriter::copy(std::string_view key, const GgufValue& value) {
  begin(key, static_cast<std::uint32_t>(value.type));
  if (value.type == GgufType::kArray) {
    append_type(metadata_, value.element);
    append(metadata_, value.count);
  } else if (value.type == GgufType::kString) {
    append(metadata_, static_cast<std::uint64_t>(value.bytes.size()));
  }
  metadata_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

void GgufWriter::add_name(std::string_view name) {
  if (name.empty() || name.size() > kMostName)
    fail_argument("the tensor name '{}' has no 1 to {} bytes", printable(name), kMostName);
  if (!names_.insert(fmt::format("tensor {}", name)).second)
    fail_argument("two tensors have the name '{}'", printable(name));
}

void GgufWriter::add_bytes(std::string_view name) {
  add_name(name);
  tensors_.push_back({std::string(name), DType::kI8, {0}, std::nullopt});
}

void GgufWriter::add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape) {
  const std::string shown = printable(name);
  if (!gguf_type_id(type)) fail_argument("tensor '{}' is {}, a type that GGUF does not have", shown, dtype_name(type));
  if (shape.empty() || shape.size() > 4)
    fail_argument("tensor '{}' has {} dimensions: 1 to 4 are allowed", shown, shape.size());
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t size : shape) elements = elements ? checked_mul(*elements, size) : elements;
  const auto bytes = elements ? gguf_tensor_bytes(type, shape) : std::nullopt;
  if (!bytes)
    fail_argument("tensor '{}' of [{}] cannot be {}: {} values make a block", shown, fmt::join(shape, ", "),
                  dtype_name(type), dtype_traits(type).block);
  add_name(name);
  tensors_.push_back({std::string(name), type, {shape.begin(), shape.end()}, *bytes});
}

void GgufWriter::append_entry(std::string& out, const Tensor& tensor, std::uint64_t offset, std::uint64_t bytes) {
  append_text(out, tensor.name);
  append(out, static_cast<std::uint32_t>(tensor.shape.size()));
  for (std::size_t i = tensor.shape.size(); i-- > 0;)  // innermost first
    append(out, tensor.bytes ? tensor.shape[i] : bytes);
  append(out, *gguf_type_id(tensor.type));
  append(out, offset);
}

void GgufWriter::write(const std::filesystem::path& path, const Fill& fill, const Verify& verify) const {
  std::string header = "GGUF";
  append(header, std::uint32_t{3});
  append(header, static_cast<std::uint64_t>(tensors_.size()));
  append(header, keys_);
  header += metadata_;
  const std::size_t list_begin = header.size();
  // A place for the list: it is as long whatever the numbers in it.
  for (const Tensor& tensor : tensors_) append_entry(header, tensor, 0, 0);
  header.resize(round_up(header.size(), kAlignment), '\0');

  NewFile file(path);
  file.write(std::as_bytes(std::span(header)));
  std::string list;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor& tensor = tensors_[i];
    std::uint64_t written = 0;
    fill(i, [&](std::span<const std::byte> bytes) {
      file.write(bytes);
      written += bytes.size();
    });
    if (tensor.bytes && written != *tensor.bytes)
      fail(ErrorCode::kInternal, "tensor '{}' got {} bytes instead of {}", tensor.name, written, *tensor.bytes);
    append_entry(list, tensor, offset, written);
    const std::array<std::byte, kAlignment> zeros{};
    file.write(std::span(zeros).first(round_up(written, kAlignment) - written));
    offset += round_up(written, kAlignment);
  }
  file.write_at(list_begin, std::as_bytes(std::span(list)));
  if (verify) {
    file.flush();
    verify(file.temporary());
  }
  file.commit();
}

}  // namespace bitnet
