// `bitnet inspect`: what a model file holds, whether this version can run it or not.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "io/gguf.hpp"
#include "io/mapped_file.hpp"
#include "io/safetensors.hpp"

namespace bitnet::cli {
namespace {

namespace fs = std::filesystem;

struct InspectOptions {
  ModelOptions model;
  std::string file;
  bool tensors = false;
};

struct TensorRow {
  std::string name, type;
  std::vector<std::uint64_t> shape;
  std::uint64_t parameters = 0, bytes = 0;
  std::string file;  // of a directory's shards
};

struct Contents {
  std::string format;
  std::uint64_t file_bytes = 0;
  Json metadata = Json::object();
  std::vector<TensorRow> tensors;
};

Json metadata_value(const GgufFile& file, const GgufFile::Entry& entry) {
  switch (entry.value.type) {
    case GgufType::kString: {
      const std::string_view text = file.get_string(entry.key).value_or("");
      return text.size() <= 4096 ? Json(text) : Json(file.to_text(entry.value));
    }
    case GgufType::kBool: return file.get_bool(entry.key).value_or(false);
    case GgufType::kFloat32:  // as a float spells it: 1e-05, not 9.999999747378752e-06
      return std::stod(fmt::format("{}", static_cast<float>(file.get_float(entry.key).value_or(0))));
    case GgufType::kFloat64: return file.get_float(entry.key).value_or(0);
    case GgufType::kUint64: return file.get_uint(entry.key).value_or(0);
    case GgufType::kArray: return file.to_text(entry.value);
    default: return file.get_int(entry.key).value_or(0);
  }
}

Contents read_gguf(const fs::path& path) {
  const auto file = GgufFile::open(path);
  Contents contents;
  contents.format = fmt::format("GGUF version {}", file->version());
  contents.file_bytes = fs::file_size(path);
  for (const GgufFile::Entry& entry : file->metadata())
    contents.metadata[std::string(entry.key)] = metadata_value(*file, entry);
  for (const GgufTensor& tensor : file->tensors()) {
    const TensorView& view = tensor.view;
    contents.tensors.push_back(
        {view.name, tensor.known ? std::string(dtype_name(view.dtype)) : fmt::format("type {}", tensor.type_id),
         view.shape, view.elements(), view.bytes.size(), ""});
  }
  return contents;
}

void add_safetensors(const SafetensorsFile& file, const std::string& name, bool packed, Contents& contents) {
  for (const auto& [key, value] : file.metadata()) contents.metadata[key] = value;
  for (const TensorView& view : file.tensors()) {
    // Hugging Face's BitNet checkpoints pack four ternary weights into a byte.
    const bool four = packed && view.dtype == DType::kU8;
    contents.tensors.push_back({view.name, four ? "u8 (4 ternary)" : std::string(dtype_name(view.dtype)), view.shape,
                                view.elements() * (four ? 4 : 1), view.bytes.size(), name});
  }
}

Contents read_safetensors(const fs::path& path) {
  Contents contents;
  contents.format = "safetensors";
  contents.file_bytes = fs::file_size(path);
  add_safetensors(*SafetensorsFile::open(path), "", false, contents);
  return contents;
}

Contents read_directory(const fs::path& path) {
  Contents contents;
  contents.format = "Hugging Face directory";
  const fs::path config_path = path / "config.json";
  const Json config = Json::parse(read_text_file(config_path), nullptr, false);
  if (!config.is_object()) fail(ErrorCode::kInvalidFile, "{}: is no JSON object", config_path.string());
  for (const auto& [key, value] : config.items()) contents.metadata[key] = value;
  const auto quantization = config.find("quantization_config");
  const bool packed = quantization != config.end() && quantization->is_object() &&
                      quantization->value("quant_method", Json()) == "bitnet";
  const auto checkpoint = SafetensorsDirectory::open(path);
  for (const auto& file : checkpoint->files()) {
    const fs::path shard = file->mapping() != nullptr ? file->mapping()->path() : fs::path();
    contents.file_bytes += fs::file_size(shard);
    add_safetensors(*file, shard.filename().string(), packed, contents);
  }
  return contents;
}

Contents read_contents(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return read_directory(path);
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  const std::string_view magic(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 4));
  if (magic == "GGUF" || path.extension() == ".gguf") return read_gguf(path);
  // A safetensors file begins with its header's length and an opening brace.
  if (path.extension() == ".safetensors" || (bytes.size() > 8 && bytes[8] == std::byte{'{'}))
    return read_safetensors(path);
  fail(ErrorCode::kInvalidFile, "{}: this is neither GGUF nor safetensors (nor a Hugging Face directory)",
       path.string());
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

struct TypeTotal {
  std::uint64_t tensors = 0, parameters = 0, bytes = 0;
};

void print_json(const fs::path& path, const Contents& contents, const std::map<std::string, TypeTotal>& totals,
                std::uint64_t parameters, bool list) {
  Json json{{"file", path.string()},
            {"format", contents.format},
            {"file_bytes", contents.file_bytes},
            {"tensor_count", contents.tensors.size()},
            {"parameters", parameters},
            {"metadata", contents.metadata}};
  json["types"] = Json::object();
  for (const auto& [type, total] : totals)
    json["types"][type] = {{"tensors", total.tensors}, {"parameters", total.parameters}, {"bytes", total.bytes}};
  if (list) {
    json["tensors"] = Json::array();
    for (const TensorRow& row : contents.tensors) {
      Json entry{{"name", row.name}, {"type", row.type}, {"shape", row.shape}, {"bytes", row.bytes}};
      if (!row.file.empty()) entry["file"] = row.file;
      json["tensors"].push_back(std::move(entry));
    }
  }
  write_json(json);
}

void inspect(const InspectOptions& options) {
  const fs::path path = options.file;
  const Contents contents = read_contents(path);
  std::map<std::string, TypeTotal> totals;
  std::uint64_t parameters = 0;
  std::size_t widest = 0;
  for (const TensorRow& row : contents.tensors) {
    TypeTotal& total = totals[row.type];
    ++total.tensors;
    total.parameters += row.parameters;
    total.bytes += row.bytes;
    parameters += row.parameters;
    widest = std::max(widest, row.name.size());
  }
  if (options.model.json) return print_json(path, contents, totals, parameters, options.tensors);

  write_out(fmt::format("{}: {}, {}\n{} parameters in {} tensors\n\n", path.string(), contents.format,
                        human_bytes(contents.file_bytes), human_count(parameters), contents.tensors.size()));
  write_out(fmt::format("{:<16} {:>8} {:>16} {:>12}\n", "type", "tensors", "parameters", "size"));
  for (const auto& [type, total] : totals)
    write_out(fmt::format("{:<16} {:>8} {:>16} {:>12}\n", type, total.tensors, human_count(total.parameters),
                          human_bytes(total.bytes)));
  write_out("\nmetadata\n");
  for (const auto& [key, value] : contents.metadata.items()) {
    const std::string text =
        value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    write_out(fmt::format("  {} = {}\n", key, printable(text)));
  }
  if (!options.tensors) return;
  write_out("\ntensors\n");
  for (const TensorRow& row : contents.tensors)
    write_out(fmt::format("  {:<{}}  {:<14} {:<20} {:>10}{}{}\n", row.name, widest, row.type, shape_text(row.shape),
                          human_bytes(row.bytes), row.file.empty() ? "" : "  ", row.file));
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect");
  command->description(
      "Show what a model file holds\n"
      "Shows format, size, parameters, tensor types and metadata of a GGUF file, a safetensors file or a\n"
      "Hugging Face directory; reads no weights.");
  command->add_option("FILE", options->file, "GGUF file, safetensors file or Hugging Face directory")->required();
  command->add_flag("--tensors", options->tensors, "List the tensors too");
  add_json_option(*command, options->model, "the same");
  command->callback([options, &action] { action = [options] { inspect(*options); }; });
}

}  // namespace bitnet::cli
