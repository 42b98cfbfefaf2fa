// `bitnet logits`: the logits of every position, into a file.
#include <algorithm>
#include <filesystem>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "io/safetensors.hpp"

namespace bitnet::cli {
namespace {

struct LogitsOptions {
  ModelOptions model;
  std::string ids, out;
};

void logits(const LogitsOptions& options) {
  const std::vector<TokenId> ids = parse_ids(options.ids);
  if (ids.empty()) fail_argument("--ids is empty: give at least one token id");
  const SessionOptions session_settings = session_options(options.model);
  const auto model = load_model(options.model);
  Session session(model, session_settings);

  const std::size_t vocabulary = model->info().vocabulary;
  // From the pool: pages that are written once and then to the file, and a clear error where there is no room for them.
  if (ids.size() > session.context_length())
    fail_argument("{} tokens do not fit into the context of {}: take a larger context (-c) or fewer ids", ids.size(),
                  session.context_length());
  const Buffer rows = model->context().pool().buffer(ids.size() * vocabulary * sizeof(float));
  session.eval_all(ids, [&](std::size_t index, std::span<const float> row) {
    std::copy(row.begin(), row.end(), rows.as<float>() + index * vocabulary);
  });
  const TensorView view{
      "logits", DType::kF32, {ids.size(), vocabulary}, {rows.data(), ids.size() * vocabulary * sizeof(float)}};
  write_safetensors(options.out, {&view, 1}, {{"model", model->info().name}});
  if (options.model.json)
    write_json({{"out", options.out}, {"tensor", "logits"}, {"dtype", "f32"}, {"shape", {ids.size(), vocabulary}}});
}

}  // namespace

void add_logits(CLI::App& app, Action& action) {
  auto options = std::make_shared<LogitsOptions>();
  CLI::App* command = app.add_subcommand("logits");
  command->description(
      "Write the logits of every position to a file\n"
      "A safetensors file with the tensor \"logits\", f32 [tokens, vocabulary].");
  command->add_option("--ids", options->ids, "Token ids, such as 1,2,3")->type_name("IDS")->required();
  command->add_option("--out", options->out, "File to write")->type_name("FILE")->required();
  add_session_options(*command, options->model, "the model's, at most 4096");
  add_json_option(*command, options->model, "what was written");
  command->callback([options, &action] { action = [options] { logits(*options); }; });
}

}  // namespace bitnet::cli
