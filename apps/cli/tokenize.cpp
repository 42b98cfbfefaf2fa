// `bitnet tokenize` and `bitnet detokenize`: text to token ids and back.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <optional>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "engine/built_in_model.hpp"
#include "engine/tokenizer_loader.hpp"
#include "io/mapped_file.hpp"

namespace bitnet::cli {
namespace {

struct TokenizeOptions {
  ModelOptions model;
  std::string tokenizer;
  std::optional<std::string> text;
  std::vector<std::string> ids;
  bool no_special = false, no_parse_special = false, skip_special = false, jsonl = false;
};

void add_source(CLI::App& command, TokenizeOptions& options) {
  add_model_option(command, options.model);
  command
      .add_option("--tokenizer", options.tokenizer,
                  "A tokenizer.json, or a tiktoken file (tokenizer.model), instead of a model")
      ->type_name("FILE")
      ->excludes("-m");
  command.add_flag("--jsonl", options.jsonl, "A JSON object a line, from standard input to standard output");
}

// Reads no weights.
std::shared_ptr<const Tokenizer> load_tokenizer(const TokenizeOptions& options) {
  if (!options.tokenizer.empty()) {
    try {
      const std::string text = read_text_file(options.tokenizer);
      return text.find_first_not_of(" \t\r\n") < text.size() && text[text.find_first_not_of(" \t\r\n")] == '{'
                 ? Tokenizer::from_json(text)
                 : Tokenizer::from_tiktoken(text);
    } catch (const Error& e) {
      if (std::string_view(e.what()).find(options.tokenizer) != std::string_view::npos) throw;
      throw e.with_context(options.tokenizer);
    }
  }
  const bool built_in = options.model.model.empty();
  TextParts parts = built_in ? load_text_parts(*built_in_model_file()) : load_text_parts(options.model.model);
  if (!parts.tokenizer)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer", model_name(options.model));
  return std::move(parts.tokenizer);
}

std::vector<TokenId> read_ids(const Json& json, const Tokenizer& tokenizer) {
  if (!json.is_array()) fail_argument("\"ids\" must be a list of token ids");
  std::vector<TokenId> ids;
  for (const Json& id : json) {
    if (!id.is_number_integer() || id < 0 || id >= tokenizer.vocabulary_size())
      fail_argument("\"ids\" holds {}: the vocabulary has ids 0 to {}",
                    printable(id.dump(-1, ' ', false, Json::error_handler_t::replace)),
                    tokenizer.vocabulary_size() - 1);
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

bool read_flag(const Json& json, const char* key, bool fallback) {
  const auto it = json.find(key);
  if (it == json.end()) return fallback;
  if (!it->is_boolean()) fail_argument("\"{}\" must be true or false", key);
  return it->get<bool>();
}

// Calls `answer` with each line's object and prints what it returns.
template <typename Answer>
void each_line(const Answer& answer) {
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    try {
      const Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) fail_argument("this is no JSON object: {}", printable(line));
      write_json(answer(json));
    } catch (const Error& e) {
      throw e.with_context(fmt::format("line {}", number));
    }
  }
  if (std::cin.bad()) fail(ErrorCode::kIo, "cannot read standard input");
}

void tokenize(const TokenizeOptions& options) {
  if (options.jsonl && options.text) throw UsageError("--jsonl reads standard input: give no TEXT with it");
  if (!options.jsonl && !options.text && stdin_is_terminal())
    throw UsageError("there is no TEXT, and standard input is a terminal");
  const auto tokenizer = load_tokenizer(options);
  EncodeOptions encode;
  encode.add_special_tokens = !options.no_special;
  encode.parse_special = !options.no_parse_special;
  if (options.jsonl) {
    each_line([&](const Json& json) {
      const auto text = json.find("text");
      if (text == json.end() || !text->is_string()) fail_argument("\"text\" is missing or no text");
      EncodeOptions own = encode;
      own.add_special_tokens = read_flag(json, "add_special_tokens", encode.add_special_tokens);
      own.parse_special = read_flag(json, "parse_special", encode.parse_special);
      return Json{{"ids", tokenizer->encode(text->get_ref<const std::string&>(), own)}};
    });
    return;
  }
  const std::vector<TokenId> ids = tokenizer->encode(options.text ? *options.text : read_stdin(), encode);
  if (options.model.json) {
    Json tokens = Json::array();
    for (const TokenId id : ids) tokens.push_back(tokenizer->id_to_token(id).value_or(""));
    write_json({{"ids", ids}, {"tokens", tokens}});
    return;
  }
  std::string line;
  for (const TokenId id : ids) line += fmt::format("{}{}", line.empty() ? "" : " ", id);
  write_out(line + "\n");
}

void detokenize(const TokenizeOptions& options) {
  if (options.jsonl && !options.ids.empty()) throw UsageError("--jsonl reads standard input: give no IDS with it");
  if (!options.jsonl && options.ids.empty() && stdin_is_terminal())
    throw UsageError("there are no IDS, and standard input is a terminal");
  std::vector<TokenId> ids;
  for (const std::string& word : options.ids)
    for (const TokenId id : parse_ids(word)) ids.push_back(id);
  const auto tokenizer = load_tokenizer(options);
  if (options.jsonl) {
    each_line([&](const Json& json) {
      const auto line_ids = json.find("ids");
      if (line_ids == json.end()) fail_argument("\"ids\" is missing");
      const bool skip = read_flag(json, "skip_special_tokens", true);
      return Json{{"text", tokenizer->decode(read_ids(*line_ids, *tokenizer), skip)}};
    });
    return;
  }
  if (options.ids.empty()) ids = parse_ids(read_stdin());
  for (const TokenId id : ids)
    if (id < 0 || static_cast<std::size_t>(id) >= tokenizer->vocabulary_size())
      fail_argument("token id {} is outside the vocabulary of {} tokens", id, tokenizer->vocabulary_size());
  const std::string text = tokenizer->decode(ids, options.skip_special);
  if (options.model.json) return write_json({{"text", text}});
  write_out(text + "\n");
}

}  // namespace

void add_tokenize(CLI::App& app, Action& action) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* command = app.add_subcommand("tokenize");
  command->description("Turn text into token ids\nReads the vocabulary alone, no weights.");
  command->add_option("TEXT", options->text, "Text; none reads standard input");
  add_source(*command, *options);
  command->add_flag("--no-special", options->no_special, "Add no special tokens such as BOS");
  command->add_flag("--no-parse-special", options->no_parse_special,
                    "Take special tokens written in the text for plain text");
  add_json_option(*command, options->model, "{\"ids\",\"tokens\"}");
  command->footer("With --jsonl each line {\"text\", \"add_special_tokens\": true} gives a line {\"ids\": [...]}.");
  command->callback([options, &action] { action = [options] { tokenize(*options); }; });
}

void add_detokenize(CLI::App& app, Action& action) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* command = app.add_subcommand("detokenize");
  command->description(
      "Turn token ids into text\nSpecial tokens are printed too. Reads the vocabulary alone, no weights.");
  command->add_option("IDS", options->ids, "Token ids, separated by spaces or commas; none reads standard input")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_source(*command, *options);
  command->add_flag("--skip-special", options->skip_special, "Leave special tokens out");
  add_json_option(*command, options->model, "{\"text\"}");
  command->footer(
      "With --jsonl each line {\"ids\": [...], \"skip_special_tokens\": true} gives a line {\"text\": \"...\"}.");
  command->callback([options, &action] { action = [options] { detokenize(*options); }; });
}

}  // namespace bitnet::cli
