// `bitnet chat`: a conversation, turn by turn.
#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/generation.hpp"
#include "cli/memory.hpp"

namespace bitnet::cli {
namespace {

struct ChatOptions {
  ModelOptions model;
  SamplingOptions sampling;
  std::uint64_t max_tokens = 512;
  std::optional<std::string> system, chat_template;
};

constexpr std::string_view kHelp =
    "  /help         this list\n"
    "  /reset        forget the conversation\n"
    "  /system TEXT  set the system message; without TEXT the template's own\n"
    "  /exit         leave, as Ctrl-D does\n"
    "Ctrl-C ends an answer; while you are asked for a message it leaves.\n";

// Answers go to standard output, all else to stderr.
class Conversation {
 public:
  Conversation(Chat chat, const ChatOptions& options)
      : chat_(std::move(chat)), options_(options), terminal_(stdin_is_terminal()) {}

  void run() {
    if (terminal_) fmt::print(stderr, "{}, template {}. /help lists commands.\n", name(), template_name());
    for (std::string line; !left_ && read_line(line);) {
      if (line.find_first_not_of(" \t\v\f") == std::string::npos) continue;
      if (!terminal_) {
        turn(line);
        continue;
      }
      try {
        line.front() == '/' ? command(line) : turn(line);
      } catch (const Error& e) {
        // A message too long, or a system message where none can be: the person may try another.
        if (e.code() != ErrorCode::kInvalidArgument && e.code() != ErrorCode::kUnsupported) throw;
        fmt::print(stderr, "bitnet: {}\n", e.what());
      }
    }
  }

 private:
  std::string name() const { return printable(chat_.session().model().info().name); }
  std::string_view template_name() const { return chat_.chat_template().name(); }

  bool read_line(std::string& line) {
    if (terminal_) fmt::print(stderr, "> ");
    if (!std::getline(std::cin, line)) {
      if (std::cin.bad()) fail(ErrorCode::kIo, "cannot read standard input");
      if (terminal_) fmt::print(stderr, "\n");
      return false;
    }
    if (line.ends_with('\r')) line.pop_back();
    return true;
  }

  void command(const std::string& line) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    const std::size_t begin = line.find_first_not_of(' ', space);
    if (word == "/help") {
      fmt::print(stderr, "{}", kHelp);
    } else if (word == "/reset") {
      chat_.reset();
    } else if (word == "/system") {
      chat_.set_system(begin == std::string::npos ? std::nullopt : std::optional(line.substr(begin)));
    } else if (word == "/exit") {
      left_ = true;
    } else {
      fmt::print(stderr, "There is no command {}: /help lists them.\n", printable(word));
    }
  }

  void turn(const std::string& line) {
    GenerateOptions generate;
    generate.max_tokens = options_.max_tokens;
    // Another seed each turn, or the same question would always be answered by the same choices.
    generate.sampler = sampler_options(options_.sampling, options_.model.seed + turns_++);
    bool newline = false;
    if (!options_.model.json)
      generate.on_text = [&](std::string_view piece) {
        write_out(piece);
        flush_out();
        newline = piece.ends_with('\n');
        return true;
      };
    const InterruptWatch watch;
    generate.keep_going = [&watch] { return !watch.interrupted(); };
    const ChatReply reply = chat_.send(line, generate);
    if (options_.model.json) {
      print_json(reply);
    } else if (!newline) {
      write_out("\n");
    }
    flush_out();
    tell(reply);
    if (!terminal_ && reply.finish == FinishReason::kCancelled) left_ = true;
  }

  static void print_json(const ChatReply& reply) {
    Json json{{"role", "assistant"}, {"content", reply.text}, {"ids", reply.ids}};
    json["finish"] = finish_reason_name(reply.finish);
    json["timings"] = timings_json(reply.timings);
    json["timings"]["reused_tokens"] = reply.reused_tokens;
    write_json(json);
  }

  void tell(const ChatReply& reply) const {
    const std::size_t context = chat_.session().context_length();
    if (reply.dropped_turns > 0)
      fmt::print(stderr, "bitnet: the context of {} tokens is full: the model no longer sees the oldest {} turn{}\n",
                 context, reply.dropped_turns, reply.dropped_turns == 1 ? "" : "s");
    if (reply.finish == FinishReason::kLength)
      fmt::print(stderr, "bitnet: the answer was cut at {} tokens (-n)\n", reply.ids.size());
    if (reply.finish == FinishReason::kContextFull)
      fmt::print(stderr, "bitnet: the answer was cut at the end of the context of {} tokens (-c)\n", context);
  }

  Chat chat_;
  const ChatOptions& options_;
  const bool terminal_;
  bool left_ = false;
  std::uint64_t turns_ = 0;
};

ChatTemplate choose_template(const ChatOptions& options, const Model& model) {
  if (options.chat_template) return ChatTemplate::named(*options.chat_template, *model.tokenizer());
  try {
    return ChatTemplate::recognise(model.chat_template(), *model.tokenizer());
  } catch (const Error& e) {
    throw e.with_context(model_name(options.model));
  }
}

void chat(const ChatOptions& options) {
  (void)sampler_options(options.sampling, options.model.seed);
  const SessionOptions session_settings = session_options(options.model);
  check_tokens(options.max_tokens);
  if (options.chat_template) ChatTemplate::check_name(*options.chat_template);

  const auto model = load_model(options.model);
  if (model->tokenizer() == nullptr)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer, and a chat needs one", model_name(options.model));
  Chat chat(Session(model, session_settings), choose_template(options, *model));
  if (options.system) chat.set_system(*options.system);
  const CleanupManager cleanup = watch_memory(model->context());
  Conversation conversation(std::move(chat), options);
  conversation.run();
  if (options.model.memory.report) print_memory_report(*model, options.model.memory, &cleanup);
  write_memory_trace(*model, options.model.memory);
}

}  // namespace

void add_chat(CLI::App& app, Action& action) {
  auto options = std::make_shared<ChatOptions>();
  std::string names;
  for (const std::string& name : ChatTemplate::names()) names += (names.empty() ? "" : ", ") + name;

  CLI::App* command = app.add_subcommand("chat");
  command->description(
      "Talk with a model\n"
      "Each line is a message; answers are printed as they come. Ctrl-C ends an answer, Ctrl-D the conversation.\n"
      "Standard input may also be a file: a message a line, and nothing but the answers on standard output.");
  command->add_option("--system", options->system, "System message: what the model is told before all else")
      ->type_name("TEXT");
  command
      ->add_option("--chat-template", options->chat_template,
                   "How messages are written: " + names + " [as the model's files say]")
      ->type_name("NAME");
  add_tokens_option(*command, options->max_tokens);
  add_sampling_options(*command, options->sampling);
  add_session_options(*command, options->model, "the model's, at most 4096");
  add_memory_options(*command, options->model.memory);
  add_json_option(*command, options->model, "a line a turn, {\"role\",\"content\",\"ids\",\"finish\",\"timings\"}");
  command->footer(
      "Examples:\n"
      "  bitnet chat -m model.gguf --system \"You answer in one sentence.\"\n"
      "  printf 'Hello\\nTell me a story\\n' | bitnet chat -m model.gguf --seed 7");
  command->callback([options, &action] { action = [options] { chat(*options); }; });
}

}  // namespace bitnet::cli
