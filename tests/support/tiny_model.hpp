// A Llama model of a few kilobytes with random weights and a byte-level vocabulary, as a Hugging Face directory:
// something to run where no real model is at hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "io/safetensors.hpp"

namespace bitnet::testing {

struct TinyModelOptions {
  std::size_t hidden = 32, ffn = 48, layers = 2, heads = 4, kv_heads = 2, vocabulary = 260, context = 128;
  bool tokenizer = true;
  std::string chat_template;  // Jinja; the vocabulary then has ChatML's tokens
};

/// ChatML with BOS in front, as Jinja.
inline constexpr const char* kTinyChatTemplate =
    "{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// The character that GPT-2's byte-level BPE writes for a byte (its encoder.py, bytes_to_unicode).
inline std::string byte_character(int byte) {
  const auto printable = [](int b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; };
  int code = byte;
  if (!printable(byte)) {
    code = 256;
    for (int b = 0; b < byte; ++b) code += printable(b) ? 0 : 1;
  }
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

/// Ids 0 to 255 are the bytes; 256 is "<s>", put first; 257 is "</s>"; with `chat` 258 is "<|im_start|>" and 259
/// "<|im_end|>", special tokens as `special_markers` says.
inline nlohmann::json tiny_tokenizer(bool chat = false, bool special_markers = true) {
  nlohmann::json vocabulary = nlohmann::json::object();
  for (int byte = 0; byte < 256; ++byte) vocabulary[byte_character(byte)] = byte;
  const auto added = [](int id, const char* text) {
    return nlohmann::json{{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
                          {"rstrip", false}, {"normalized", false}, {"special", true}};
  };
  nlohmann::json tokens{added(256, "<s>"), added(257, "</s>")};
  if (chat)
    for (auto [id, text] : {std::pair(258, "<|im_start|>"), std::pair(259, "<|im_end|>")}) {
      tokens.push_back(added(id, text));
      tokens.back()["special"] = special_markers;
    }
  const nlohmann::json byte_level{
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const nlohmann::json bos{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  const nlohmann::json a{{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, b{{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", tokens},
          {"normalizer", nullptr},
          {"pre_tokenizer", byte_level},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", nlohmann::json::array({bos, a})},
            {"pair", nlohmann::json::array({bos, a, b})},
            {"special_tokens",
             {{"<s>",
               {{"id", "<s>"}, {"ids", nlohmann::json::array({256})}, {"tokens", nlohmann::json::array({"<s>"})}}}}}}},
          {"decoder", byte_level},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"vocab", vocabulary},
            {"merges", nlohmann::json::array()}}}};
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Writes the directory, or replaces what lies in it.
inline void write_tiny_model(const std::filesystem::path& directory, const TinyModelOptions& o = {}) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  write_file(directory / "config.json", nlohmann::json{{"model_type", "llama"},
                                                       {"hidden_size", o.hidden},
                                                       {"intermediate_size", o.ffn},
                                                       {"num_hidden_layers", o.layers},
                                                       {"num_attention_heads", o.heads},
                                                       {"num_key_value_heads", o.kv_heads},
                                                       {"vocab_size", o.vocabulary},
                                                       {"max_position_embeddings", o.context},
                                                       {"rms_norm_eps", 1e-5},
                                                       {"hidden_act", "silu"},
                                                       {"tie_word_embeddings", true},
                                                       {"bos_token_id", 256},
                                                       {"eos_token_id", 257}}
                                            .dump());
  const bool chat = !o.chat_template.empty();
  if (o.tokenizer) write_file(directory / "tokenizer.json", tiny_tokenizer(chat).dump());
  if (chat) write_file(directory / "tokenizer_config.json", nlohmann::json{{"chat_template", o.chat_template}}.dump());

  std::vector<std::vector<float>> values;
  std::vector<TensorView> views;
  std::mt19937 random(1);
  // Sums of whole random numbers: the same weights on every machine, about normal.
  const auto draw = [&] {
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(random() % 201) - 100;
    return static_cast<float>(sum) / 1000.0f;
  };
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    std::size_t count = 1;
    for (const std::uint64_t size : shape) count *= size;
    std::vector<float>& data = values.emplace_back(count, 1.0f);
    if (shape.size() > 1)
      for (float& x : data) x = draw();
    views.push_back({name,
                     DType::kF32,
                     std::move(shape),
                     {reinterpret_cast<const std::byte*>(data.data()), count * sizeof(float)}});
  };
  const std::size_t kv = o.hidden / o.heads * o.kv_heads;
  add("model.embed_tokens.weight", {o.vocabulary, o.hidden});
  for (std::size_t layer = 0; layer < o.layers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    add(prefix + "input_layernorm.weight", {o.hidden});
    add(prefix + "post_attention_layernorm.weight", {o.hidden});
    add(prefix + "self_attn.q_proj.weight", {o.hidden, o.hidden});
    add(prefix + "self_attn.k_proj.weight", {kv, o.hidden});
    add(prefix + "self_attn.v_proj.weight", {kv, o.hidden});
    add(prefix + "self_attn.o_proj.weight", {o.hidden, o.hidden});
    add(prefix + "mlp.gate_proj.weight", {o.ffn, o.hidden});
    add(prefix + "mlp.up_proj.weight", {o.ffn, o.hidden});
    add(prefix + "mlp.down_proj.weight", {o.hidden, o.ffn});
  }
  add("model.norm.weight", {o.hidden});
  write_safetensors(directory / "model.safetensors", views);
}

}  // namespace bitnet::testing
