#include "io/gguf.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/checked.hpp"
#include "base/fail.hpp"

namespace bitnet {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF values are read as they lie in the file");

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint64_t kMostDimensions = 4;  // GGML_MAX_DIMS
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 48;
constexpr int kMostNesting = 8;  // arrays of arrays

// ggml.h's type ids; I2_S, TL1 and TL2 are bitnet.cpp's, IQ*_BN ik_llama.cpp's.
struct TypeId {
  std::uint32_t id;
  DType type;
};
constexpr TypeId kTypeIds[] = {
    {0, DType::kF32},   {1, DType::kF16},      {2, DType::kQ4_0},     {3, DType::kQ4_1},        {6, DType::kQ5_0},
    {7, DType::kQ5_1},  {8, DType::kQ8_0},     {12, DType::kQ4_K},    {13, DType::kQ5_K},       {14, DType::kQ6_K},
    {24, DType::kI8},   {25, DType::kI16},     {26, DType::kI32},     {27, DType::kI64},        {28, DType::kF64},
    {30, DType::kBF16}, {34, DType::kTQ1_0},   {35, DType::kTQ2_0},   {36, DType::kI2_S},       {38, DType::kTL1},
    {39, DType::kTL2},  {134, DType::kIQ1_BN}, {135, DType::kIQ2_BN}, {335, DType::kIQ2_BN_R4},
};

// Bytes of one value; 0 for texts and arrays.
std::size_t fixed_size(GgufType type) {
  switch (type) {
    case GgufType::kUint8:
    case GgufType::kInt8:
    case GgufType::kBool: return 1;
    case GgufType::kUint16:
    case GgufType::kInt16: return 2;
    case GgufType::kUint32:
    case GgufType::kInt32:
    case GgufType::kFloat32: return 4;
    case GgufType::kUint64:
    case GgufType::kInt64:
    case GgufType::kFloat64: return 8;
    case GgufType::kString:
    case GgufType::kArray: return 0;
  }
  return 0;
}

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The number at `p`, as whichever of the two wide types holds it exactly.
struct Number {
  bool is_integer = false, is_negative = false;
  std::uint64_t magnitude = 0;  // of integers
  double real = 0;              // of floats
};
std::optional<Number> number_at(GgufType type, const std::byte* p) {
  const auto whole = [](std::int64_t v) {
    return Number{true, v < 0, v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v), 0};
  };
  switch (type) {
    case GgufType::kUint8: return whole(load<std::uint8_t>(p));
    case GgufType::kInt8: return whole(load<std::int8_t>(p));
    case GgufType::kUint16: return whole(load<std::uint16_t>(p));
    case GgufType::kInt16: return whole(load<std::int16_t>(p));
    case GgufType::kUint32: return whole(load<std::uint32_t>(p));
    case GgufType::kInt32: return whole(load<std::int32_t>(p));
    case GgufType::kInt64: return whole(load<std::int64_t>(p));
    case GgufType::kUint64: return Number{true, false, load<std::uint64_t>(p), 0};
    case GgufType::kFloat32: return Number{false, false, 0, load<float>(p)};
    case GgufType::kFloat64: return Number{false, false, 0, load<double>(p)};
    default: return std::nullopt;
  }
}
std::optional<std::int64_t> signed_of(const Number& n) {
  if (!n.is_integer || n.magnitude > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return n.is_negative ? -static_cast<std::int64_t>(n.magnitude) : static_cast<std::int64_t>(n.magnitude);
}
double real_of(const Number& n) {
  return n.is_integer ? (n.is_negative ? -1.0 : 1.0) * static_cast<double>(n.magnitude) : n.real;
}

}  // namespace

std::string_view gguf_type_name(GgufType type) noexcept {
  constexpr std::string_view kNames[] = {"uint8", "int8",   "uint16", "int16",  "uint32", "int32",  "float32",
                                         "bool",  "string", "array",  "uint64", "int64",  "float64"};
  const auto i = static_cast<std::size_t>(type);
  return i < std::size(kNames) ? kNames[i] : "unknown";
}

std::optional<std::uint32_t> gguf_type_id(DType type) noexcept {
  for (const TypeId& entry : kTypeIds)
    if (entry.type == type) return entry.id;
  return std::nullopt;
}

std::optional<std::uint64_t> gguf_tensor_bytes(DType type, std::span<const std::uint64_t> shape) noexcept {
  std::optional<std::uint64_t> rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows = rows ? checked_mul(*rows, shape[i]) : rows;
  return rows ? matrix_bytes(type, *rows, shape.empty() ? 1 : shape.back()) : std::nullopt;
}

// Walks the file once. Nothing is reserved from a count that the file's own size does not bear out.
class GgufParser {
 public:
  GgufParser(GgufFile& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  void parse() {
    if (bytes_.size() < 4 || load<std::uint32_t>(bytes_.data()) != kMagic)
      fail_file("no GGUF file: it does not begin with \"GGUF\"");
    at_ = 4;
    file_.version_ = read<std::uint32_t>("version");
    if (file_.version_ != 2 && file_.version_ != 3) {
      if (std::uint32_t swapped = __builtin_bswap32(file_.version_); swapped >= 1 && swapped <= 3)
        fail(ErrorCode::kUnsupported,
             "GGUF version {} in big-endian order: convert the file to little-endian (gguf-convert-endian)", swapped);
      fail(ErrorCode::kUnsupported, "GGUF version {} is not known: write the file again as version 2 or 3",
           file_.version_);
    }
    const auto tensors = read<std::uint64_t>("tensor count");
    const auto keys = read<std::uint64_t>("key count");
    for (std::uint64_t i = 0; i < keys; ++i) read_key_value();
    read_tensors(tensors);
  }

 private:
  template <typename T>
  T read(std::string_view what) {
    need(sizeof(T), what);
    const T value = load<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }

  void need(std::uint64_t count, std::string_view what) const {
    if (count > bytes_.size() - at_)
      fail_file("cut short: '{}' at offset {} needs {} bytes, and {} are left", printable(what), at_, count,
                bytes_.size() - at_);
  }

  std::string_view read_text(std::string_view what) {
    const auto size = read<std::uint64_t>(what);
    need(size, what);
    const auto text = text_of(bytes_.subspan(at_, size));
    at_ += size;
    return text;
  }

  // Moves behind one value of the type.
  void skip(GgufType type, std::string_view key, int nesting) {
    if (type == GgufType::kString) {
      (void)read_text(key);
    } else if (type == GgufType::kArray) {
      GgufType element;
      std::uint64_t count;
      read_array(key, nesting, element, count);
    } else {
      need(fixed_size(type), key);
      at_ += fixed_size(type);
    }
  }

  GgufType read_type(std::string_view key) {
    const auto id = read<std::uint32_t>(key);
    if (id > static_cast<std::uint32_t>(GgufType::kFloat64))
      fail_file("metadata key '{}' has the unknown type {}", printable(key), id);
    return static_cast<GgufType>(id);
  }

  // Reads an array's header and moves behind its elements.
  void read_array(std::string_view key, int nesting, GgufType& element, std::uint64_t& count) {
    if (nesting >= kMostNesting)
      fail_file("metadata key '{}' nests arrays deeper than {}", printable(key), kMostNesting);
    element = read_type(key);
    count = read<std::uint64_t>(key);
    if (const std::size_t size = fixed_size(element); size != 0) {
      const auto total = checked_mul(count, size);
      if (!total) fail_file("metadata key '{}' has {} elements, more than the file can hold", printable(key), count);
      need(*total, key);
      at_ += *total;
      return;
    }
    // Each text or array takes 8 bytes at least, so that a lying count ends here and not in hours.
    if (count > (bytes_.size() - at_) / 8)
      fail_file("metadata key '{}' has {} elements, more than the file can hold", printable(key), count);
    for (std::uint64_t i = 0; i < count; ++i) skip(element, key, nesting + 1);
  }

  void read_key_value() {
    const std::string_view key = read_text("metadata key");
    if (key.empty()) fail_file("a metadata key at offset {} is empty", at_);
    GgufFile::Entry entry{key, {}};
    entry.value.type = read_type(key);
    std::size_t begin = at_;
    if (entry.value.type == GgufType::kArray) {
      read_array(key, 0, entry.value.element, entry.value.count);
      begin += sizeof(std::uint32_t) + sizeof(std::uint64_t);
    } else if (entry.value.type == GgufType::kString) {
      (void)read_text(key);
      begin += sizeof(std::uint64_t);
    } else {
      skip(entry.value.type, key, 0);
    }
    entry.value.bytes = bytes_.subspan(begin, at_ - begin);
    if (!file_.keys_.emplace(key, file_.metadata_.size()).second)
      fail_file("metadata key '{}' stands twice", printable(key));
    file_.metadata_.push_back(entry);
  }

  void read_tensors(std::uint64_t count) {
    const std::uint64_t alignment = file_.get_uint("general.alignment").value_or(32);
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > (1u << 20))
      fail_file("general.alignment is {}: a power of two up to 1048576 is allowed", alignment);
    // A tensor's entry takes 24 bytes at least.
    if (count > (bytes_.size() - at_) / 24) fail_file("{} tensors are announced, more than the file can hold", count);
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t i = 0; i < count; ++i) offsets.push_back(read_tensor_entry());
    const std::uint64_t data = (at_ + alignment - 1) / alignment * alignment;
    if (data > bytes_.size() && count > 0)
      fail_file("cut short: the tensors' data begin at {}, behind the file's {} bytes", data, bytes_.size());

    const auto gaps = gaps_of(offsets, bytes_.size() - std::min<std::uint64_t>(data, bytes_.size()));
    for (std::size_t i = 0; i < file_.tensors_.size(); ++i) check_gap(file_.tensors_[i], gaps[i], alignment);

    struct Extent {
      std::uint64_t begin, end;
      std::size_t tensor;
    };
    std::vector<Extent> extents;
    for (std::size_t i = 0; i < file_.tensors_.size(); ++i) {
      GgufTensor& tensor = file_.tensors_[i];
      const std::string name = printable(tensor.view.name);
      if (offsets[i] % alignment != 0)
        fail_file("tensor '{}' begins at {}, no multiple of the alignment {}", name, offsets[i], alignment);
      const std::uint64_t room = bytes_.size() - data;
      if (offsets[i] > room) fail_file("tensor '{}' begins at {}, behind the file's end", name, offsets[i]);
      const std::uint64_t size = tensor.known ? tensor_bytes(tensor) : 0;
      if (size > room - offsets[i])
        fail_file("cut short: tensor '{}' needs {} bytes at {}, and {} are there", name, size, data + offsets[i],
                  room - offsets[i]);
      tensor.view.bytes = bytes_.subspan(data + offsets[i], size);
      if (size > 0) extents.push_back({offsets[i], offsets[i] + size, i});
    }
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < extents.size(); ++i)
      if (extents[i].begin < extents[i - 1].end)
        fail_file("tensors '{}' and '{}' overlap", printable(file_.tensors_[extents[i - 1].tensor].view.name),
                  printable(file_.tensors_[extents[i].tensor].view.name));
  }

  // From each tensor to the one that lies next, or to the end.
  static std::vector<std::uint64_t> gaps_of(const std::vector<std::uint64_t>& offsets, std::uint64_t end) {
    std::vector<std::uint64_t> sorted(offsets);
    sorted.push_back(end);
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint64_t> gaps;
    for (const std::uint64_t offset : offsets) {
      const auto next = std::upper_bound(sorted.begin(), sorted.end(), offset);
      gaps.push_back(next != sorted.end() ? *next - offset : 0);
    }
    return gaps;
  }

  // What the room that a tensor takes tells of it.
  static void check_gap(GgufTensor& tensor, std::uint64_t gap, std::uint64_t alignment) {
    if (!tensor.known || (tensor.view.dtype != DType::kTL2 && tensor.view.dtype != DType::kI2_S)) return;
    const auto bytes = gguf_tensor_bytes(tensor.view.dtype, tensor.view.shape);
    // Files may end without what pads the last tensor.
    const bool fits = bytes && gap >= *bytes && gap - *bytes < alignment;
    if (tensor.view.dtype == DType::kTL2) {
      tensor.known = fits;  // else MXFP4, which is larger
    } else if (bytes && !fits && gap > *bytes) {
      fail_file(
          "tensor '{}' is i2_s of {} bytes and has {} to the next tensor: bitnet.cpp writes such files, which are "
          "broken, with more than one thread; quantize again with one",
          printable(tensor.view.name), *bytes, gap);
    }
  }

  std::uint64_t read_tensor_entry() {
    GgufTensor tensor;
    tensor.view.name = read_text("tensor name");
    const std::string name = printable(tensor.view.name);
    const auto dimensions = read<std::uint32_t>(name);
    if (dimensions == 0 || dimensions > kMostDimensions)
      fail_file("tensor '{}' has {} dimensions: 1 to {} are allowed", name, dimensions, kMostDimensions);
    std::uint64_t elements = 1;
    for (std::uint32_t d = 0; d < dimensions; ++d) {
      const auto size = read<std::uint64_t>(name);
      const auto product = checked_mul(elements, size);
      if (size == 0 || !product || *product > kMostElements)
        fail_file("tensor '{}' has a dimension of {}: 1 to {} values in all are allowed", name, size, kMostElements);
      elements = *product;
      // The file lists the innermost dimension first.
      tensor.view.shape.insert(tensor.view.shape.begin(), size);
    }
    tensor.type_id = read<std::uint32_t>(name);
    const auto* type =
        std::find_if(std::begin(kTypeIds), std::end(kTypeIds), [&](const TypeId& t) { return t.id == tensor.type_id; });
    tensor.known = type != std::end(kTypeIds);
    if (tensor.known) tensor.view.dtype = type->type;
    const auto offset = read<std::uint64_t>(name);
    if (!file_.tensor_index_.emplace(tensor.view.name, file_.tensors_.size()).second)
      fail_file("tensor '{}' stands twice", name);
    file_.tensors_.push_back(std::move(tensor));
    return offset;
  }

  static std::uint64_t tensor_bytes(const GgufTensor& tensor) {
    const DTypeTraits& traits = dtype_traits(tensor.view.dtype);
    if (const auto bytes = gguf_tensor_bytes(tensor.view.dtype, tensor.view.shape)) return *bytes;
    // Blocks do not run over the end of a row, but for types whose codes fill the whole tensor.
    const bool whole = tensor.view.dtype == DType::kI2_S || tensor.view.dtype == DType::kTL1;
    const std::uint64_t unit = whole ? tensor.view.elements() : tensor.view.shape.back();
    if (unit % traits.block != 0)
      fail_file("tensor '{}' is {} with {} values{}: they must be a multiple of {}", printable(tensor.view.name),
                traits.name, unit, whole ? "" : " a row", traits.block);
    fail_file("tensor '{}' of [{}] cannot be {}, or its size does not fit", printable(tensor.view.name),
              fmt::join(tensor.view.shape, ", "), traits.name);
  }

  GgufFile& file_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

std::shared_ptr<const GgufFile> GgufFile::parse(std::span<const std::byte> bytes, std::string name) {
  std::shared_ptr<GgufFile> file(new GgufFile());
  file->name_ = std::move(name);
  try {
    GgufParser(*file, bytes).parse();
  } catch (const Error& e) {
    throw e.with_context(file->name_);
  }
  return file;
}

std::shared_ptr<const GgufFile> GgufFile::open(const std::filesystem::path& path) {
  auto mapping = MappedFile::open(path);
  auto file = std::const_pointer_cast<GgufFile>(parse(mapping->bytes(), path.string()));
  file->mapping_ = std::move(mapping);
  return file;
}

const GgufValue* GgufFile::value(std::string_view key) const {
  const auto it = keys_.find(key);
  return it != keys_.end() ? &metadata_[it->second].value : nullptr;
}

void GgufFile::wrong_type(std::string_view key, const GgufValue& value, const char* needed) const {
  fail_file("{}: metadata key '{}' is the {} {}: {}", name_, printable(key), gguf_type_name(value.type), to_text(value),
            needed);
}

std::optional<std::uint64_t> GgufFile::get_uint(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  const auto number = number_at(v->type, v->bytes.data());
  if (!number || !number->is_integer || (number->is_negative && number->magnitude != 0))
    wrong_type(key, *v, "a whole number of 0 or more is needed");
  return number->magnitude;
}

std::optional<std::int64_t> GgufFile::get_int(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  const auto number = number_at(v->type, v->bytes.data());
  const auto result = number ? signed_of(*number) : std::nullopt;
  if (!result) wrong_type(key, *v, "a whole number is needed");
  return result;
}

std::optional<double> GgufFile::get_float(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  const auto number = number_at(v->type, v->bytes.data());
  if (!number) wrong_type(key, *v, "a number is needed");
  return real_of(*number);
}

std::optional<bool> GgufFile::get_bool(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  // The format knows 0 and 1 only.
  if (v->type != GgufType::kBool || load<std::uint8_t>(v->bytes.data()) > 1)
    wrong_type(key, *v, "true or false is needed");
  return load<std::uint8_t>(v->bytes.data()) != 0;
}

std::optional<std::string_view> GgufFile::get_string(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  if (v->type != GgufType::kString) wrong_type(key, *v, "a text is needed");
  return text_of(v->bytes);
}

std::optional<std::vector<std::string_view>> GgufFile::get_strings(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  if (v->type != GgufType::kArray || v->element != GgufType::kString)
    wrong_type(key, *v, "an array of texts is needed");
  std::vector<std::string_view> texts;
  texts.reserve(v->count);
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < v->count; ++i) {
    const auto size = load<std::uint64_t>(v->bytes.data() + at);  // checked when the file was parsed
    texts.push_back(text_of(v->bytes.subspan(at + sizeof size, size)));
    at += sizeof size + size;
  }
  return texts;
}

std::optional<std::vector<double>> GgufFile::get_floats(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  const std::size_t size = fixed_size(v->element);
  if (v->type != GgufType::kArray || size == 0 || v->element == GgufType::kBool)
    wrong_type(key, *v, "an array of numbers is needed");
  std::vector<double> numbers(v->count);
  for (std::uint64_t i = 0; i < v->count; ++i) numbers[i] = real_of(*number_at(v->element, v->bytes.data() + i * size));
  return numbers;
}

std::optional<std::vector<std::int64_t>> GgufFile::get_ints(std::string_view key) const {
  const GgufValue* v = value(key);
  if (v == nullptr) return std::nullopt;
  const std::size_t size = fixed_size(v->element);
  if (v->type != GgufType::kArray || size == 0 || v->element == GgufType::kBool)
    wrong_type(key, *v, "an array of whole numbers is needed");
  std::vector<std::int64_t> numbers(v->count);
  for (std::uint64_t i = 0; i < v->count; ++i) {
    const auto number = signed_of(*number_at(v->element, v->bytes.data() + i * size));
    if (!number) wrong_type(key, *v, "an array of whole numbers is needed");
    numbers[i] = *number;
  }
  return numbers;
}

std::string GgufFile::to_text(const GgufValue& value) const {
  if (value.type == GgufType::kString) return printable(text_of(value.bytes));
  if (value.type == GgufType::kArray) {
    std::string text = fmt::format("[{} x {}]", value.count, gguf_type_name(value.element));
    const std::size_t size = fixed_size(value.element);
    if (size == 0 || value.count == 0) return text;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(value.count, 6); ++i)
      text.append(1, ' ').append(to_text({value.element, value.element, 1, value.bytes.subspan(i * size, size)}));
    return value.count > 6 ? text.append(" ...") : text;
  }
  if (value.type == GgufType::kBool) return load<std::uint8_t>(value.bytes.data()) != 0 ? "true" : "false";
  const Number number = *number_at(value.type, value.bytes.data());
  return number.is_integer ? fmt::format("{}{}", number.is_negative ? "-" : "", number.magnitude)
                           : fmt::format("{}", number.real);
}

const TensorView* GgufFile::find(std::string_view name) const {
  const auto it = tensor_index_.find(name);
  if (it == tensor_index_.end()) return nullptr;
  const GgufTensor& tensor = tensors_[it->second];
  if (!tensor.known)
    fail(ErrorCode::kUnsupported,
         "{}: tensor '{}' has type id {}, which this library cannot read: convert it with the program that made it to "
         "i2_s, tq1_0, tq2_0 or f16",
         name_, printable(name), tensor.type_id);
  return &tensor.view;
}

}  // namespace bitnet
