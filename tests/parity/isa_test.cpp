// Choosing a backend and a level by name: the one asked for is the one in use, and a wrong name says what there is.
#include <algorithm>
#include <cstdlib>

#include "bitnet/error.hpp"
#include "parity/parity_support.hpp"

#ifdef BITNET_SIMD
#include "backends/cpu/kernels.hpp"
#endif

namespace bitnet::parity {
namespace {

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

ErrorCode code_of(const char* backend, const char* isa, std::string* message = nullptr) {
  try {
    create_backend(context(), backend, isa);
  } catch (const Error& e) {
    if (message != nullptr) *message = e.message();
    return e.code();
  }
  ADD_FAILURE() << "no error for backend '" << backend << "', isa '" << isa << "'";
  return ErrorCode::kInternal;
}

TEST(IsaChoice, EachUsableLevelIsTheOneInUse) {
  for (const std::string& level : cpu_levels()) {
    const auto cpu = create_backend(context(), "cpu", level);
    EXPECT_EQ(cpu->name(), "cpu");
    EXPECT_EQ(cpu->isa(), level);
    const Variable forced("BITNET_FORCE_ISA", level.c_str());
    EXPECT_EQ(create_backend(context(), "cpu")->isa(), level);
    EXPECT_EQ(create_backend(context(), "")->isa(), level);
    EXPECT_EQ(create_backend(context(), "reference")->isa(), "scalar") << "a fallback is not bound by the variable";
  }
}

TEST(IsaChoice, TheBestIsTheDefault) {
  const auto levels = cpu_levels();
  if (levels.empty()) GTEST_SKIP() << "this build has no cpu backend";
  EXPECT_EQ(create_backend(context(), "")->isa(), levels.front());
  EXPECT_EQ(create_backend(context(), "cpu")->isa(), levels.front());
}

TEST(IsaChoice, TheArgumentWinsOverTheVariable) {
  const auto levels = cpu_levels();
  if (levels.empty()) GTEST_SKIP() << "this build has no cpu backend";
  const Variable forced("BITNET_FORCE_ISA", levels.front().c_str());
  EXPECT_EQ(create_backend(context(), "cpu", levels.back())->isa(), levels.back());
  const Variable backend("BITNET_FORCE_BACKEND", "reference");
  EXPECT_EQ(create_backend(context(), "")->name(), "reference");
  EXPECT_EQ(create_backend(context(), "cpu")->name(), "cpu");
}

TEST(IsaChoice, UnknownNamesListTheKnownOnes) {
  std::string message;
  EXPECT_EQ(code_of("tpu", "", &message), ErrorCode::kInvalidArgument);
  EXPECT_NE(message.find("reference"), std::string::npos) << message;
  EXPECT_EQ(code_of("reference", "mmx", &message), ErrorCode::kInvalidArgument);
  EXPECT_NE(message.find("scalar"), std::string::npos) << message;
  if (cpu_levels().empty()) return;
  EXPECT_EQ(code_of("cpu", "mmx", &message), ErrorCode::kInvalidArgument);
  EXPECT_NE(message.find(cpu_levels().front()), std::string::npos) << message;
  const Variable forced("BITNET_FORCE_ISA", "mmx");
  EXPECT_EQ(code_of("", "", &message), ErrorCode::kInvalidArgument);
}

#ifdef BITNET_SIMD

TEST(IsaChoice, LevelsThisMachineLacksAreUnsupported) {
  const auto usable = cpu_levels();
  for (int i = 0; i < cpu::kIsaCount; ++i) {
    const std::string name(cpu::isa_name(static_cast<cpu::Isa>(i)));
    if (std::find(usable.begin(), usable.end(), name) != usable.end()) continue;
    std::string message;
    EXPECT_EQ(code_of("cpu", name.c_str(), &message), ErrorCode::kUnsupported) << name;
    EXPECT_NE(message.find(usable.front()), std::string::npos) << message;
  }
}

// A level that silently fell back to another's kernels would still compute the right values.
TEST(IsaChoice, EachLevelHasItsOwnKernels) {
#if defined(__x86_64__)
  const cpu::Isa expected[] = {cpu::Isa::kSse2,       cpu::Isa::kSsse3,     cpu::Isa::kSse4,
                               cpu::Isa::kAvx2,       cpu::Isa::kAvx2Vnni,  cpu::Isa::kAvx512,
                               cpu::Isa::kAvx512Vnni, cpu::Isa::kAvx512Vbmi, cpu::Isa::kAvx512Amx};
  const cpu::Isa floats[] = {cpu::Isa::kSse2, cpu::Isa::kSsse3, cpu::Isa::kSse4, cpu::Isa::kAvx2, cpu::Isa::kAvx512};
#elif defined(__aarch64__)
  const cpu::Isa expected[] = {cpu::Isa::kNeon, cpu::Isa::kNeonDotprod, cpu::Isa::kNeonI8mm};
  const cpu::Isa floats[] = {cpu::Isa::kNeon};
#else
  const cpu::Isa expected[] = {cpu::Isa::kGeneric};
  const cpu::Isa floats[] = {cpu::Isa::kGeneric};
#endif
#if defined(__SSE3__) || defined(BITNET_FEWER_LEVELS)
  GTEST_SKIP() << "compiled for one processor, or with fewer levels";
#endif
  std::vector<const void*> seen;
  const auto is_own = [&](const void* function) {
    const bool own = std::find(seen.begin(), seen.end(), function) == seen.end();
    seen.push_back(function);
    return own;
  };
  for (const cpu::Isa isa : expected) {
    ASSERT_NE(cpu::ternary_kernels(isa), nullptr) << cpu::isa_name(isa);
    EXPECT_TRUE(is_own(reinterpret_cast<const void*>(cpu::ternary_kernels(isa)->product))) << cpu::isa_name(isa);
  }
  for (const cpu::Isa isa : floats) {
    ASSERT_TRUE(cpu::dense_kernels(isa) && cpu::attention_kernels(isa) && cpu::elementwise_kernels(isa))
        << cpu::isa_name(isa);
    EXPECT_TRUE(is_own(reinterpret_cast<const void*>(cpu::dense_kernels(isa)->product))) << cpu::isa_name(isa);
    EXPECT_TRUE(is_own(reinterpret_cast<const void*>(cpu::attention_kernels(isa)->scores))) << cpu::isa_name(isa);
    EXPECT_TRUE(is_own(reinterpret_cast<const void*>(cpu::elementwise_kernels(isa)->rms_norm))) << cpu::isa_name(isa);
  }
}

#endif

}  // namespace
}  // namespace bitnet::parity
