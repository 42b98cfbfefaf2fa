// Running the built command as its user does.
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace bitnet::testing {

struct ProgramResult {
  int status = -1;          // exit status, or 128 + the signal that ended it
  std::string out, err;
};

/// Runs PROGRAM with the arguments, `input` on its standard input.
inline ProgramResult run_program(const std::string& program, const std::vector<std::string>& arguments, const std::string& input = "") {
  // Files instead of pipes: neither side can block the other.
  std::FILE* files[3] = {std::tmpfile(), std::tmpfile(), std::tmpfile()};
  for (std::FILE* file : files)
    if (file == nullptr) throw std::runtime_error("no temporary file");
  std::fwrite(input.data(), 1, input.size(), files[0]);
  std::fflush(files[0]);
  std::rewind(files[0]);

  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; ++i) posix_spawn_file_actions_adddup2(&actions, fileno(files[i]), i);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ProgramResult result;
  if (error == 0) {
    int status = 0;
    ::waitpid(child, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const auto read = [](std::FILE* file) {
    std::string text;
    std::rewind(file);
    char block[4096];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, n);
    return text;
  };
  result.out = read(files[1]);
  result.err = read(files[2]);
  for (std::FILE* file : files) std::fclose(file);
  return result;
}

/// The `bitnet` of this build.
inline ProgramResult run_bitnet(const std::vector<std::string>& arguments, const std::string& input = "") {
  return run_program(std::string(BITNET_BINARY_DIR) + "/bin/bitnet", arguments, input);
}

}  // namespace bitnet::testing
