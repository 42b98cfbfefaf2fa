// The rules of the tree that a compiler cannot hold: which layer may include which, and how long a file may be.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = BITNET_SOURCE_DIR;

// What each layer's files may include of other layers, everything below included.
const std::map<std::string, std::set<std::string>> kMayInclude{
    {"base", {}},
    {"memory", {"base"}},
    {"tensor", {"base", "memory"}},
    {"quant", {"base", "memory", "tensor"}},
    {"io", {"base", "memory", "tensor"}},
    {"backends", {"base", "memory", "tensor", "quant"}},
    {"exec", {"base", "memory", "tensor", "quant", "backends"}},
    {"model", {"base", "memory", "tensor", "quant", "io", "backends", "exec"}},
    {"text", {"base"}},
    {"engine", {"base", "memory", "tensor", "quant", "io", "backends", "exec", "model", "text"}},
};

std::vector<fs::path> sources(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    static const std::set<std::string> kinds{".cpp", ".hpp", ".h", ".c", ".cu", ".cuh", ".mm", ".metal", ".py"};
    if (entry.is_regular_file() && kinds.count(extension) != 0) found.push_back(entry.path());
  }
  return found;
}

std::vector<std::string> lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

// `file` lies in src/LAYER; returns what it includes of another layer without leave, and backends that know each other.
std::vector<std::string> violations(const fs::path& file, const std::string& layer, const std::vector<std::string>& text) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([a-z]+)/([a-z0-9_\-]+)[^>"]*[>"])");
  std::vector<std::string> found;
  for (const std::string& line : text) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) continue;
    const std::string other = match[1];
    if (kMayInclude.count(other) == 0) continue;
    if (other != layer && kMayInclude.at(layer).count(other) == 0) found.push_back(file.string() + ": " + line);
    if (other == "backends" && fs::is_directory(kRoot / "src/backends" / match[2].str())) {
      const bool own = file.string().find("/backends/" + match[2].str() + "/") != std::string::npos;
      const bool registry = file.filename() == "registry.cpp";
      if (!own && !registry) found.push_back(file.string() + ": knows a backend's inside: " + line);
    }
  }
  return found;
}

TEST(Architecture, LayersIncludeOnlyLowerLayers) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
    if (!entry.is_directory()) continue;
    const std::string layer = entry.path().filename().string();
    ASSERT_TRUE(kMayInclude.count(layer)) << "src/" << layer << " is no layer that this test knows";
    for (const fs::path& file : sources(entry.path()))
      for (std::string& v : violations(file, layer, lines(file))) found.push_back(std::move(v));
  }
  EXPECT_TRUE(found.empty()) << [&] {
    std::ostringstream out;
    for (const auto& v : found) out << v << "\n";
    return out.str();
  }();
}

TEST(Architecture, TheRuleItselfFindsViolations) {
  EXPECT_EQ(violations("src/base/x.cpp", "base", {"#include \"io/gguf.hpp\""}).size(), 1u);
  EXPECT_EQ(violations("src/text/x.cpp", "text", {"#include \"model/config.hpp\""}).size(), 1u);
  EXPECT_EQ(violations("src/model/x.cpp", "model", {"#include \"backends/cpu/kernels.hpp\""}).size(), 1u);
  EXPECT_TRUE(violations("src/model/x.cpp", "model", {"#include \"backends/backend.hpp\"", "#include <sys/mman.h>"}).empty());
}

TEST(Architecture, PublicHeadersIncludeOnlyPublicHeaders) {
  for (const fs::path& file : sources(kRoot / "include"))
    for (const std::string& line : lines(file)) {
      static const std::regex quoted(R"re(^\s*#\s*include\s*"([^"]+)")re");
      std::smatch match;
      if (std::regex_search(line, match, quoted)) EXPECT_EQ(match[1].str().rfind("bitnet/", 0), 0u) << file << ": " << line;
    }
}

TEST(Architecture, FilesStayBelow800Lines) {
  for (const char* folder : {"src", "include", "apps", "tests", "bench", "examples", "python"})
    for (const fs::path& file : sources(kRoot / folder)) EXPECT_LE(lines(file).size(), 800u) << file;
}

TEST(Architecture, TheLibraryNeitherPrintsNorReadsTheEnvironmentElsewhere) {
  static const std::regex print(R"(\b(std::cout|std::cerr|printf\s*\(|fprintf\s*\(|fmt::print|puts\s*\(|abort\s*\(|std::exit|std::terminate))");
  static const std::regex environment(R"(\bgetenv\b)");
  for (const fs::path& file : sources(kRoot / "src"))
    for (const std::string& line : lines(file)) {
      const std::string code = line.substr(0, line.find("//"));
      EXPECT_FALSE(std::regex_search(code, print)) << file << ": " << line;
      if (file.filename() != "env.hpp") EXPECT_FALSE(std::regex_search(code, environment)) << file << ": " << line;
    }
}

TEST(Architecture, EveryTestFileIsBuilt) {
  // Folders are globbed; a file that is named otherwise would silently not run.
  for (const auto& entry : fs::directory_iterator(kRoot / "tests")) {
    const std::string folder = entry.path().filename().string();
    if (!entry.is_directory() || folder == "fuzz" || folder == "support" || folder == "install" || folder == "data") continue;
    for (const auto& file : fs::directory_iterator(entry.path()))
      if (file.path().extension() == ".cpp")
        EXPECT_TRUE(file.path().stem().string().ends_with("_test")) << file.path() << " is built by no target";
  }
}

}  // namespace
