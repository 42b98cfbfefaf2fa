#include "model/precision_policy.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"

namespace bitnet {
namespace {

constexpr std::array kWords{"linears", "attention", "ffn", "first", "last", "embedding", "head"};
constexpr std::array kTypes{DType::kF32, DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ6_K};

bool is_linear(std::string_view name) { return name.starts_with("blk."); }

// Whether `name` is the pattern with its stars filled in.
bool glob(std::string_view pattern, std::string_view name) {
  std::size_t star = std::string_view::npos, resume = 0, p = 0, n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++, resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1, n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

PrecisionChoice parse_choice(std::string_view rule, std::string_view what) {
  if (what == "ternary") return {true};
  if (what == "keep") return {};
  const auto type = parse_dtype(what);
  if (!type || std::ranges::find(kTypes, *type) == kTypes.end())
    fail_argument("the precision rule '{}': '{}' is none of ternary, keep, f32, f16, bf16, q8_0 and q6_k",
                  printable(rule), printable(what));
  return {false, *type};
}

}  // namespace

PrecisionPolicy::PrecisionPolicy(std::string_view rules, std::size_t layers) : layers_(layers) {
  while (!rules.empty()) {
    const std::size_t comma = std::min(rules.find(','), rules.size());
    const std::string_view rule = trimmed(rules.substr(0, comma));
    rules.remove_prefix(std::min(comma + 1, rules.size()));
    const std::size_t equals = rule.find('=');
    if (equals == std::string_view::npos || equals == 0)
      fail_argument("the precision rule '{}' is not WHERE=WHAT, such as ffn=ternary or head=q8_0", printable(rule));
    const std::string_view where = trimmed(rule.substr(0, equals));
    Rule parsed{std::string(rule), std::string(where), parse_choice(rule, trimmed(rule.substr(equals + 1)))};
    if (parsed.what.ternary && (where == "embedding" || where == "head"))
      fail_argument("the precision rule '{}': linears alone can be ternary", printable(rule));
    rules_.push_back(std::move(parsed));
  }
}

bool PrecisionPolicy::matches(const Rule& rule, std::string_view name) const {
  if (rule.where == "embedding") return name == "token_embd";
  if (rule.where == "head") return name == "output";
  if (rule.where == "linears") return is_linear(name);
  if (rule.where == "attention") return is_linear(name) && name.find(".attn_") != std::string_view::npos;
  if (rule.where == "ffn") return is_linear(name) && name.find(".ffn_") != std::string_view::npos;
  if (rule.where == "first") return name.starts_with("blk.0.");
  if (rule.where == "last") return name.starts_with(fmt::format("blk.{}.", layers_ - 1));
  return glob(rule.where, name);
}

PrecisionChoice PrecisionPolicy::choice(std::string_view name) {
  PrecisionChoice choice;
  for (Rule& rule : rules_)
    if (matches(rule, name)) {
      rule.used = true;
      choice = rule.what;
    }
  if (choice.ternary && !is_linear(name)) fail_argument("'{}' cannot be ternary: linears alone can", printable(name));
  return choice;
}

void PrecisionPolicy::check_all_used() const {
  for (const Rule& rule : rules_)
    if (!rule.used)
      fail_argument("the precision rule '{}' fits no tensor: take {}, or a name such as blk.*.ffn_down",
                    printable(rule.text), fmt::join(kWords, ", "));
}

}  // namespace bitnet
