// `bitnet inspect`: what a model file holds, whether this version can run it or not.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "io/gguf.hpp"
#include "io/mapped_file.hpp"
#include "io/safetensors.hpp"

namespace bitnet::cli {
namespace {

namespace fs = std::filesystem;

struct InspectOptions {
  ModelOptions model;
  std::string file;
  std::string activations;  // a text file
  bool tensors = false, ternary = false, packing = false;
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

// Ternary values that this project packed for storage: their number and how; nothing for other bytes.
std::optional<std::pair<std::uint64_t, std::string>> packed_as(const TensorView& view) {
  if (view.dtype != DType::kI8 || view.shape.size() != 1) return std::nullopt;
  try {
    const PackedTrits packed = PackedTrits::parse(view.bytes);
    return std::pair{packed.count(), fmt::format("packed {}", packing_name(packed.strategy()))};
  } catch (const Error&) {
    return std::nullopt;
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
    const auto packed = packed_as(view);
    contents.tensors.push_back({view.name,
                                packed         ? packed->second
                                : tensor.known ? std::string(dtype_name(view.dtype))
                                               : fmt::format("type {}", tensor.type_id),
                                view.shape, packed ? packed->first : view.elements(), view.bytes.size(), ""});
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

std::vector<LinearInput> read_inputs(const InspectOptions& options) {
  const std::string text = read_text_file(options.activations);
  ModelOptions settings = options.model;
  settings.model = options.file;
  const auto model = load_model(settings);
  if (model->tokenizer() == nullptr)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer", options.file);
  ProgressBar bar;
  return calibrate_inputs(model, model->tokenizer()->encode(text), {.progress = bar.sink()});
}

Json inputs_json(const std::vector<LinearInput>& inputs) {
  Json json = Json::array();
  for (const LinearInput& input : inputs) {
    Json entry{{"name", input.name},
               {"min", input.min},
               {"max", input.max},
               {"zero_fraction", input.zero_fraction},
               {"dynamic_sqnr_db", input.dynamic_sqnr_db}};
    for (const LinearInput::Static& s : input.statics)
      entry["static"][observer_name(s.observer)] = {{"range", {s.range.min, s.range.max}}, {"sqnr_db", s.sqnr_db}};
    json.push_back(std::move(entry));
  }
  return json;
}

// Rounding to 8 bits, in dB of signal over noise: by token as the engine does it, and over the ranges of observers.
void print_inputs(const std::vector<LinearInput>& inputs) {
  write_out(fmt::format("\n{:<28} {:>10} {:>10} {:>7} {:>9}", "input of", "min", "max", "zeros", "by token"));
  for (const ObserverKind kind : kObserverKinds) write_out(fmt::format(" {:>10}", observer_name(kind)));
  write_out("\n");
  for (const LinearInput& input : inputs) {
    write_out(fmt::format("{:<28} {:>10.4g} {:>10.4g} {:>6.1f}% {:>6.1f} dB", input.name, input.min, input.max,
                          100 * input.zero_fraction, input.dynamic_sqnr_db));
    for (const LinearInput::Static& s : input.statics) write_out(fmt::format(" {:>7.1f} dB", s.sqnr_db));
    write_out("\n");
  }
}

void print_json(const fs::path& path, const Contents& contents, const std::map<std::string, TypeTotal>& totals,
                std::uint64_t parameters, bool list, const Json& more) {
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
  json.update(more);
  write_json(json);
}

// Bytes of every strategy, over all tensors.
std::vector<std::pair<PackingStrategy, std::uint64_t>> total_sizes(const std::vector<TernaryWeights>& weights) {
  std::vector<std::pair<PackingStrategy, std::uint64_t>> totals;
  for (std::size_t i = 0; i < kPackingStrategies; ++i) totals.emplace_back(static_cast<PackingStrategy>(i), 0);
  for (const TernaryWeights& w : weights)
    for (const PackedSize& size : w.sizes) totals[static_cast<std::size_t>(size.strategy)].second += size.bytes;
  std::ranges::sort(totals, {}, [](const auto& total) { return total.second; });
  return totals;
}

struct TernaryTotals {
  std::uint64_t count = 0, zeros = 0, undefined = 0;
  double bound_bytes = 0;

  explicit TernaryTotals(const std::vector<TernaryWeights>& weights) {
    for (const TernaryWeights& w : weights) {
      count += w.statistics.count, zeros += w.statistics.zeros, undefined += w.undefined;
      bound_bytes += w.statistics.bound_bytes();
    }
  }
};

Json ternary_json(const std::vector<TernaryWeights>& weights, bool packing) {
  const TernaryTotals totals(weights);
  Json json{{"weights", totals.count},
            {"zeros", totals.zeros},
            {"undefined_codes", totals.undefined},
            {"entropy_bound_bytes", totals.bound_bytes},
            {"tensors", Json::array()}};
  for (const TernaryWeights& w : weights)
    json["tensors"].push_back({{"name", w.name},
                               {"shape", {w.rows, w.cols}},
                               {"scale", w.scale},
                               {"zero_fraction", w.statistics.zero_fraction()},
                               {"entropy_bits", w.statistics.entropy_bits()}});
  if (packing)
    for (const auto& [strategy, bytes] : total_sizes(weights)) json["packed_bytes"][packing_name(strategy)] = bytes;
  return json;
}

void print_ternary(const std::vector<TernaryWeights>& weights, bool packing) {
  if (weights.empty()) return write_out("\nno linear of the model is ternary\n");
  std::size_t widest = 6;
  for (const TernaryWeights& w : weights) widest = std::max(widest, w.name.size());
  write_out(fmt::format("\n{:<{}} {:>14} {:>12} {:>7} {:>13}\n", "ternary", widest, "shape", "scale", "zeros",
                        "entropy bits"));
  for (const TernaryWeights& w : weights)
    write_out(fmt::format("{:<{}} {:>14} {:>12.6g} {:>6.2f}% {:>13.4f}\n", w.name, widest, shape_text({w.rows, w.cols}),
                          w.scale, 100 * w.statistics.zero_fraction(), w.statistics.entropy_bits()));
  const TernaryTotals totals(weights);
  const auto count = static_cast<double>(totals.count);
  write_out(
      fmt::format("{} weights, {:.2f}% of them 0: no code of single values takes less than {} ({:.4f} bits each)\n",
                  human_count(totals.count), 100 * static_cast<double>(totals.zeros) / count,
                  human_bytes(static_cast<std::uint64_t>(totals.bound_bytes)), 8 * totals.bound_bytes / count));
  if (totals.undefined != 0)
    write_out(fmt::format("{} codes have no meaning: the file is damaged, or not of bitnet.cpp's layout for x86\n",
                          totals.undefined));
  if (!packing) return;
  write_out(fmt::format("\n{:<14} {:>12} {:>8} {:>10} {:>10}\n", "packed", "size", "bits", "of 8 bits", "of bound"));
  for (const auto& [strategy, bytes] : total_sizes(weights)) {
    const auto size = static_cast<double>(bytes);
    write_out(fmt::format("{:<14} {:>12} {:>8.4f} {:>9.3f}x {:>9.1f}%\n", packing_name(strategy), human_bytes(bytes),
                          8 * size / count, count / size, 100 * size / totals.bound_bytes));
  }
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
  std::optional<std::vector<TernaryWeights>> ternary;
  if (options.ternary || options.packing) {
    ProgressBar bar;
    ternary = read_ternary_weights(path, {.layouts = options.model.layouts,
                                          .sizes = options.packing,
                                          .threads = checked_threads(options.model.threads),
                                          .progress = bar.sink()});
  }
  std::optional<std::vector<LinearInput>> inputs;
  if (!options.activations.empty()) inputs = read_inputs(options);
  if (options.model.json) {
    Json more = Json::object();
    if (ternary) more["ternary"] = ternary_json(*ternary, options.packing);
    if (inputs) more["inputs"] = inputs_json(*inputs);
    return print_json(path, contents, totals, parameters, options.tensors, more);
  }

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
  if (options.tensors) write_out("\ntensors\n");
  for (const TensorRow& row : contents.tensors)
    if (options.tensors)
      write_out(fmt::format("  {:<{}}  {:<14} {:<20} {:>10}{}{}\n", row.name, widest, row.type, shape_text(row.shape),
                            human_bytes(row.bytes), row.file.empty() ? "" : "  ", row.file));
  if (ternary) print_ternary(*ternary, options.packing);
  if (inputs) print_inputs(*inputs);
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect");
  command->description(
      "Show what a model file holds\n"
      "Shows format, size, parameters, tensor types and metadata of a GGUF file, a safetensors file or a\n"
      "Hugging Face directory; reads no weights but with --ternary, --packing and\n"
      "--activations.");
  command->add_option("FILE", options->file, "GGUF file, safetensors file or Hugging Face directory")->required();
  command->add_flag("--tensors", options->tensors, "List the tensors too");
  command->add_flag("--ternary", options->ternary, "Read the ternary weights: scale, zeros and entropy of each tensor");
  command->add_flag("--packing", options->packing,
                    "The same, and what each way of packing them would take (`bitnet convert --type`)");
  command
      ->add_option(
          "--activations", options->activations,
          "Run a text file and show what the linears read, and what rounding that to int8 costs: with a scale a\n"
          "token, as it is done, or over one range that an observer finds")
      ->type_name("FILE");
  add_layout_options(*command, options->model.layouts);
  command->add_option("-t,--threads", options->model.threads, "Threads, 1 to 1024 [one a physical core]")
      ->type_name("N");
  add_json_option(*command, options->model, "the same");
  command->callback([options, &action] { action = [options] { inspect(*options); }; });
}

}  // namespace bitnet::cli
