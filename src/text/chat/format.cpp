#include "text/chat/format.hpp"

#include <array>

#include "base/fail.hpp"

namespace bitnet::chat {
namespace {

using Messages = std::span<const ChatMessage>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool has_system(Messages messages) { return messages.front().role == "system"; }

// Users and assistants take turns behind a system message; the templates' own raise_exception says the same.
Messages alternating(Messages messages) {
  if (has_system(messages)) messages = messages.subspan(1);
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (messages[i].role != (i % 2 == 0 ? "user" : "assistant"))
      fail_argument("this chat template wants user and assistant in turn, beginning with the user: message {} is '{}'",
                    i + 1, printable(messages[i].role));
  if (messages.empty()) fail_argument("this chat template wants a message of the user behind the system message");
  return messages;
}

// HuggingFaceTB/SmolLM2-135M-Instruct and Qwen/Qwen2-7B-Instruct, tokenizer_config.json.
void write_chatml(const Details& details, Messages messages, bool add_generation_prompt, Writer& writer) {
  const auto message = [&](std::string_view role, std::string_view content) {
    writer.marker("<|im_start|>");
    writer.text(role);
    writer.text("\n");
    writer.content(content);
    writer.marker("<|im_end|>");
    writer.text("\n");
  };
  writer.marker(details.bos);
  if (details.default_system && !has_system(messages)) message("system", *details.default_system);
  for (const ChatMessage& m : messages) message(m.role, m.content);
  if (!add_generation_prompt) return;
  writer.marker("<|im_start|>");
  writer.text("assistant\n");
}

// microsoft/bitnet-b1.58-2B-4T, tokenizer_config.json; gpu/tokenizer.py of microsoft/BitNet writes the same text.
void write_bitnet(const Details& details, Messages messages, bool add_generation_prompt, Writer& writer) {
  writer.marker(details.bos);
  for (const ChatMessage& m : messages) {
    writer.text(m.role == "system" ? "System: " : m.role == "user" ? "User: " : "Assistant: ");
    writer.content(m.content, true);
    writer.marker("<|eot_id|>");
  }
  if (add_generation_prompt) writer.text("Assistant: ");
}

// meta-llama/Meta-Llama-3-8B-Instruct, tokenizer_config.json.
void write_llama3(const Details& details, Messages messages, bool add_generation_prompt, Writer& writer) {
  const auto header = [&](std::string_view role) {
    writer.marker("<|start_header_id|>");
    writer.text(role);
    writer.marker("<|end_header_id|>");
    writer.text("\n\n");
  };
  writer.marker(details.bos);
  for (const ChatMessage& m : messages) {
    header(m.role);
    writer.content(m.content, true);
    writer.marker("<|eot_id|>");
  }
  if (add_generation_prompt) header("assistant");
}

// meta-llama/Llama-2-7b-chat-hf, tokenizer_config.json: the system message is part of the first user's.
void write_llama2(const Details& details, Messages messages, bool, Writer& writer) {
  std::string front;
  if (has_system(messages)) front = "<<SYS>>\n" + messages.front().content + "\n<</SYS>>\n\n";
  for (const ChatMessage& m : alternating(messages)) {
    if (m.role == "user") {
      writer.marker(details.bos);
      writer.text("[INST] ");
      writer.content(front + m.content, true);
      writer.text(" [/INST]");
      front.clear();
    } else {
      writer.text(" ");
      writer.content(m.content, true);
      writer.text(" ");
      writer.marker(details.eos);
    }
  }
}

// mistralai/Mistral-7B-Instruct-v0.1 and v0.2, tokenizer_config.json: today's form with spaces in front, and the first
// one, which knows no system message.
void write_mistral(const Details& details, Messages messages, bool, Writer& writer) {
  const std::string_view space = details.leading_space ? " " : "";
  std::string front;
  if (has_system(messages)) front = messages.front().content + "\n\n";
  writer.marker(details.bos);
  for (const ChatMessage& m : alternating(messages)) {
    writer.text(space);
    if (m.role == "user") {
      writer.text("[INST] ");
      writer.content(front + m.content);
      writer.text(" [/INST]");
      front.clear();
    } else {
      writer.content(m.content);
      writer.marker(details.eos);
    }
  }
}

// Phi-4 and SmolVLM use these tokens in another way.
bool is_chatml(std::string_view jinja) {
  return contains(jinja, "<|im_start|>") && contains(jinja, "<|im_end|>") && !contains(jinja, "<|im_sep|>") &&
         !contains(jinja, "<end_of_utterance>");
}

// The GGUF files of BitNet 2B-4T carry "Human: ... BITNETAssistant: ", a template the model was not trained with.
bool is_bitnet(std::string_view jinja) {
  if (contains(jinja, "BITNETAssistant")) return true;
  return contains(jinja, "Assistant: ") && contains(jinja, "<|eot_id|>") && !contains(jinja, "<|start_header_id|>");
}

bool is_llama3(std::string_view jinja) {
  return contains(jinja, "<|start_header_id|>") && contains(jinja, "<|end_header_id|>") &&
         contains(jinja, "<|eot_id|>");
}

bool is_llama2(std::string_view jinja) { return contains(jinja, "[INST]") && contains(jinja, "<<SYS>>"); }

// Later ones have tools or [SYSTEM_PROMPT], and other spaces.
bool is_mistral(std::string_view jinja) {
  return contains(jinja, "[INST] ") && contains(jinja, " [/INST]") && !contains(jinja, "[AVAILABLE_TOOLS]") &&
         !contains(jinja, "[SYSTEM_PROMPT]");
}

constexpr std::array kFormats{
    Format{"chatml", is_chatml, write_chatml, "<|im_end|>", false},
    Format{"bitnet", is_bitnet, write_bitnet, "<|eot_id|>", true},
    Format{"llama3", is_llama3, write_llama3, "<|eot_id|>", true},
    Format{"llama2", is_llama2, write_llama2, "", true},
    Format{"mistral", is_mistral, write_mistral, "", true},
};

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

std::optional<std::string> default_system_message(std::string_view jinja) {
  constexpr std::string_view kBegin = "<|im_start|>system", kEnd = "<|im_end|>";
  for (std::size_t at = jinja.find(kBegin); at != std::string_view::npos; at = jinja.find(kBegin, at + 1)) {
    if (at == 0 || (jinja[at - 1] != '\'' && jinja[at - 1] != '"')) continue;
    const char quote = jinja[at - 1];
    std::string text;
    for (std::size_t i = at + kBegin.size(); i < jinja.size() && jinja[i] != quote; ++i) {
      if (jinja.substr(i).starts_with(kEnd)) {
        if (text.starts_with('\n')) return text.substr(1);
        break;
      }
      if (jinja[i] == '\\' && i + 1 < jinja.size()) {
        const char c = jinja[++i];
        text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
      } else {
        text += jinja[i];
      }
    }
  }
  return std::nullopt;
}

}  // namespace bitnet::chat
