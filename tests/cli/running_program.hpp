// A command that the test talks to while it runs.
#pragma once

#include <signal.h>

#include <fstream>

#include "support/program.hpp"

namespace bitnet::testing {

/// The built command while it runs.
class Running {
 public:
  /// `input`: what its standard input is; -1 for this program's own.
  explicit Running(const std::vector<std::string>& arguments, int input = -1) : error_(std::tmpfile()) {
    const std::string program = std::string(BITNET_BINARY_DIR) + "/bin/bitnet";
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    int pipe[2];
    if (::pipe(pipe) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
    posix_spawn_file_actions_addclose(&actions, pipe[0]);
    posix_spawn_file_actions_adddup2(&actions, fileno(error_), 2);
    // ctest may have been started with the signal ignored, as shells do for background jobs.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (posix_spawn(&child_, program.c_str(), &actions, &attributes, argv.data(), environ) != 0)
      throw std::runtime_error("cannot start bitnet");
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    out_ = pipe[0];
  }
  ~Running() {
    ::close(out_);
    std::fclose(error_);
  }

  void wait_for_output() {
    char block[256];
    const ssize_t n = ::read(out_, block, sizeof block);
    if (n > 0) text_.append(block, static_cast<std::size_t>(n));
  }
  // Until the program handles SIGINT itself, as the system tells of it.
  void wait_for_handler() const {
    for (;;) {
      std::ifstream status("/proc/" + std::to_string(child_) + "/status");
      bool alive = false;
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("State:")) alive = line.find('Z') == std::string::npos;
        if (line.starts_with("SigCgt:") && (std::stoull(line.substr(7), nullptr, 16) & (1ull << (SIGINT - 1))) != 0)
          return;
      }
      if (!alive) return;
    }
  }
  void interrupt() const { ::kill(child_, SIGINT); }
  void kill() const { ::kill(child_, SIGKILL); }
  ProgramResult finish() {
    char block[4096];
    for (ssize_t n; (n = ::read(out_, block, sizeof block)) > 0;) text_.append(block, static_cast<std::size_t>(n));
    int status = 0;
    ::waitpid(child_, &status, 0);
    ProgramResult result;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = text_;
    std::rewind(error_);
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, error_)) > 0;) result.err.append(block, n);
    return result;
  }

 private:
  std::FILE* error_;
  pid_t child_ = 0;
  int out_ = -1;
  std::string text_;
};

}  // namespace bitnet::testing
