// Writes the tests' tiny model into the folder that is named.
#include <exception>
#include <iostream>

#include "support/tiny_model.hpp"

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: make_tiny_model FOLDER");
    bitnet::testing::write_tiny_model(argv[1]);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
