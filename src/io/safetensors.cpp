#include "io/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <utility>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "io/json.hpp"
#include "io/new_file.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "values are read as they lie in the file");

// The reference implementation's own limit.
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
// Every value of a well-formed header or index lies less deep.
constexpr int kMostNesting = 8;
constexpr std::size_t kMostDimensions = 8;

struct TypeName {
  std::string_view name;
  DType type;
};
constexpr TypeName kTypeNames[] = {
    {"F64", DType::kF64}, {"F32", DType::kF32}, {"F16", DType::kF16},   {"BF16", DType::kBF16}, {"I64", DType::kI64},
    {"I32", DType::kI32}, {"I16", DType::kI16}, {"I8", DType::kI8},     {"U64", DType::kU64},   {"U32", DType::kU32},
    {"U16", DType::kU16}, {"U8", DType::kU8},   {"BOOL", DType::kBool},
};

std::vector<std::uint64_t> whole_numbers(const Json& entry, const char* key, const std::string& tensor) {
  const auto it = entry.find(key);
  if (it == entry.end() || !it->is_array()) fail_file("tensor '{}' has no list {}", tensor, key);
  std::vector<std::uint64_t> numbers;
  for (const Json& value : *it) {
    if (!value.is_number_unsigned()) fail_file("tensor '{}': {} holds something other than whole numbers", tensor, key);
    numbers.push_back(value.get<std::uint64_t>());
  }
  return numbers;
}

// One entry of the header; its bytes are set later. Returns where they begin and end in the data.
std::pair<std::uint64_t, std::uint64_t> read_entry(const Json& entry, std::uint64_t data_size,
                                                   SafetensorsTensor& tensor) {
  const std::string shown = printable(tensor.name);
  if (!entry.is_object()) fail_file("tensor '{}' is no JSON object", shown);
  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || !dtype->is_string()) fail_file("tensor '{}' has no dtype", shown);
  tensor.type_name = dtype->get<std::string>();
  const auto* type = std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                                  [&](const TypeName& t) { return t.name == tensor.type_name; });
  tensor.known = type != std::end(kTypeNames);
  if (tensor.known) tensor.dtype = type->type;

  tensor.shape = whole_numbers(entry, "shape", shown);
  if (tensor.shape.size() > kMostDimensions)
    fail_file("tensor '{}' has {} dimensions: up to {} are allowed", shown, tensor.shape.size(), kMostDimensions);
  std::uint64_t elements = 1;
  for (const std::uint64_t size : tensor.shape) {
    const auto product = checked_mul(elements, size);
    if (!product)
      fail_file("tensor '{}': the product of its shape [{}] does not fit", shown, fmt::join(tensor.shape, ", "));
    elements = *product;
  }
  const auto offsets = whole_numbers(entry, "data_offsets", shown);
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    fail_file("tensor '{}': data_offsets are not [begin, end]", shown);
  if (offsets[1] > data_size)
    fail_file("cut short: tensor '{}' ends at {} of the data, and these at {}", shown, offsets[1], data_size);
  const std::uint64_t size = offsets[1] - offsets[0];
  if (tensor.known && dtype_bytes(tensor.dtype, elements) != size)
    fail_file("tensor '{}' is {} [{}], which does not take the {} bytes of its data_offsets", shown, tensor.type_name,
              fmt::join(tensor.shape, ", "), size);
  return {offsets[0], offsets[1]};
}

}  // namespace

void SafetensorsFile::read(std::span<const std::byte> bytes) {
  if (bytes.size() < 8) fail_file("cut short: {} bytes, and the header's length alone takes 8", bytes.size());
  std::uint64_t header_size;
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  if (header_size > kMostHeaderBytes)
    fail_file("no safetensors file: its header would have {} bytes, and {} are allowed", header_size, kMostHeaderBytes);
  if (header_size > bytes.size() - 8)
    fail_file("cut short: the header at offset 8 has {} bytes, and {} are left", header_size, bytes.size() - 8);
  const Json header = parse_json_object({reinterpret_cast<const char*>(bytes.data()) + 8, header_size},
                                        "the header at offset 8", kMostNesting);
  const auto data = bytes.subspan(8 + header_size);

  struct Extent {
    std::uint64_t begin, end;
    std::size_t tensor;
  };
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) fail_file("__metadata__ is no JSON object");
      for (const auto& [key, value] : entry.items())
        metadata_[key] =
            value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
      continue;
    }
    SafetensorsTensor tensor;
    tensor.name = name;
    const auto [begin, end] = read_entry(entry, data.size(), tensor);
    tensor.bytes = data.subspan(begin, end - begin);
    extents.push_back({begin, end, tensors_.size()});
    tensors_.push_back(std::move(tensor));
  }
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t at = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != at)
      fail_file("tensor '{}' begins at {} of the data, where {} is next: {}", printable(tensors_[extent.tensor].name),
                extent.begin, at, extent.begin < at ? "it overlaps another" : "the bytes between belong to none");
    at = extent.end;
  }
  if (at != data.size()) fail_file("{} bytes behind the last tensor belong to none", data.size() - at);
  // In the file's order.
  std::vector<SafetensorsTensor> sorted;
  sorted.reserve(tensors_.size());
  for (const Extent& extent : extents) sorted.push_back(std::move(tensors_[extent.tensor]));
  tensors_ = std::move(sorted);
  for (std::size_t i = 0; i < tensors_.size(); ++i) index_.emplace(tensors_[i].name, i);
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, std::string name) {
  std::shared_ptr<SafetensorsFile> file(new SafetensorsFile());
  file->name_ = std::move(name);
  try {
    file->read(bytes);
  } catch (const Error& e) {
    throw e.with_context(file->name_);
  }
  return file;
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const fs::path& path) {
  auto mapping = MappedFile::open(path);
  auto file = std::const_pointer_cast<SafetensorsFile>(parse(mapping->bytes(), path.string()));
  file->mapping_ = std::move(mapping);
  return file;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto it = index_.find(name);
  if (it == index_.end()) return nullptr;
  const SafetensorsTensor& tensor = tensors_[it->second];
  if (!tensor.known)
    fail(ErrorCode::kUnsupported,
         "{}: tensor '{}' has type {}, which this library cannot read: convert it to BF16, F16 or F32", name_,
         printable(name), printable(tensor.type_name));
  return &tensor;
}

namespace {

// Which shard holds which tensors, as model.safetensors.index.json says.
std::map<std::string, std::vector<std::string>> read_index(const fs::path& path) {
  std::map<std::string, std::vector<std::string>> shards;
  const Json json = parse_json_object(read_text_file(path, kMostHeaderBytes), "the index", kMostNesting);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object()) fail_file("has no object weight_map");
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string()) fail_file("weight_map gives no file for '{}'", printable(tensor));
    const auto& name = shard.get_ref<const std::string&>();
    // A plain name only: an index must not reach outside its directory.
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
      fail_file("weight_map names the file '{}', which is no plain file name", printable(name));
    shards[name].push_back(tensor);
  }
  if (shards.empty()) fail_file("weight_map is empty");
  return shards;
}

}  // namespace

std::shared_ptr<const SafetensorsDirectory> SafetensorsDirectory::open(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) fail(ErrorCode::kNotFound, "{}: no such directory", directory.string());
  std::shared_ptr<SafetensorsDirectory> result(new SafetensorsDirectory());
  const fs::path index = directory / "model.safetensors.index.json";
  if (fs::exists(index, error)) {
    try {
      for (const auto& [name, tensors] : read_index(index)) {
        result->files_.push_back(SafetensorsFile::open(directory / name));
        for (const std::string& tensor : tensors)
          if (!result->files_.back()->contains(tensor))
            fail_file("weight_map says that {} holds '{}', which it does not", printable(name), printable(tensor));
      }
    } catch (const Error& e) {
      throw e.with_context(index.string());
    }
  } else if (fs::exists(directory / "model.safetensors", error)) {
    result->files_.push_back(SafetensorsFile::open(directory / "model.safetensors"));
  } else {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory, error))
      if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
    if (error) fail(ErrorCode::kIo, "{}: cannot be listed: {}", directory.string(), error.message());
    if (found.empty()) fail(ErrorCode::kNotFound, "{}: holds no *.safetensors file", directory.string());
    if (found.size() > 1)
      fail_file("{}: holds {} *.safetensors files and no model.safetensors.index.json that says which belong together",
                directory.string(), found.size());
    result->files_.push_back(SafetensorsFile::open(found.front()));
  }
  std::map<std::string_view, const SafetensorsFile*> owners;
  for (const auto& file : result->files_)
    for (const TensorView& tensor : file->tensors())
      if (const auto [it, added] = owners.emplace(tensor.name, file.get()); !added)
        fail_file("{}: tensor '{}' is also in {}", file->name(), printable(tensor.name), it->second->name());
  return result;
}

const TensorView* SafetensorsDirectory::find(std::string_view name) const {
  for (const auto& file : files_)
    if (const TensorView* tensor = file->find(name)) return tensor;
  return nullptr;
}

void SafetensorsDirectory::release(const TensorView& tensor) const {
  for (const auto& file : files_) {
    const auto bytes = file->mapping()->bytes();
    if (tensor.bytes.data() >= bytes.data() && tensor.bytes.data() < bytes.data() + bytes.size())
      file->mapping()->release(tensor.bytes);
  }
}

void SafetensorsWriter::add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape) {
  const std::string shown = printable(name);
  const auto* entry =
      std::find_if(std::begin(kTypeNames), std::end(kTypeNames), [&](const TypeName& t) { return t.type == type; });
  if (entry == std::end(kTypeNames))
    fail_argument("tensor '{}' is {}, a type that safetensors does not have", shown, dtype_name(type));
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t size : shape) elements = elements ? checked_mul(*elements, size) : elements;
  const auto bytes = elements ? dtype_bytes(type, *elements) : std::nullopt;
  if (!bytes) fail_argument("tensor '{}' of [{}] is too large", shown, fmt::join(shape, ", "));
  if (name == "__metadata__" || !names_.insert(std::string(name)).second)
    fail_argument("two tensors have the name '{}'", shown);
  tensors_.push_back({std::string(name), entry->name, {shape.begin(), shape.end()}, *bytes});
}

void SafetensorsWriter::write(const fs::path& path, const Fill& fill, const Verify& verify) const {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata_.empty()) header["__metadata__"] = metadata_;
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors_) {
    header[tensor.name] = {
        {"dtype", tensor.type_name}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.bytes}}};
    offset += tensor.bytes;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::ordered_json::exception&) {
    fail_argument("{}: names and metadata of tensors must be UTF-8", path.string());
  }
  text.resize(round_up(text.size(), 8), ' ');  // so that the data begin aligned

  NewFile file(path);
  const auto size = static_cast<std::uint64_t>(text.size());
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(std::as_bytes(std::span(text)));
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    std::uint64_t written = 0;
    fill(i, [&](std::span<const std::byte> bytes) {
      file.write(bytes);
      written += bytes.size();
    });
    if (written != tensors_[i].bytes)
      fail(ErrorCode::kInternal, "tensor '{}' got {} bytes instead of {}", tensors_[i].name, written,
           tensors_[i].bytes);
  }
  if (verify) {
    file.flush();
    verify(file.temporary());
  }
  file.commit();
}

void write_safetensors(const fs::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  SafetensorsWriter writer(metadata);
  for (const TensorView& tensor : tensors) {
    writer.add_tensor(tensor.name, tensor.dtype, tensor.shape);
    if (dtype_bytes(tensor.dtype, tensor.elements()) != tensor.bytes.size())
      fail_argument("tensor '{}' is {} [{}] and has {} bytes, which do not fit together", printable(tensor.name),
                    dtype_name(tensor.dtype), fmt::join(tensor.shape, ", "), tensor.bytes.size());
  }
  writer.write(path, [&](std::size_t index, const SafetensorsWriter::Put& put) { put(tensors[index].bytes); });
}

}  // namespace bitnet
