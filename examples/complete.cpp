// Completes a prompt, printing the text as it comes:  complete MODEL PROMPT
#include <bitnet/bitnet.hpp>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: complete MODEL PROMPT\n";
    return 2;
  }
  try {
    const auto context = std::make_shared<const bitnet::Context>();
    const auto model = bitnet::Model::load(context, argv[1]);
    bitnet::Session session(model);

    bitnet::GenerateOptions options;
    options.max_tokens = 64;
    options.sampler.temperature = 0.7f;
    options.on_text = [](std::string_view piece) {
      std::cout << piece << std::flush;
      return true;  // false would end the generation
    };
    const auto result = session.generate(argv[2], options);
    std::cout << "\n";
    std::cerr << result.ids.size() << " tokens\n";
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "complete: " << e.what() << "\n";
    return 1;
  }
}
