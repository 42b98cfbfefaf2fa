/* Completes a prompt, printing the text as it comes:  complete MODEL PROMPT */
#include <bitnet/bitnet.h>
#include <stdio.h>

static int print_piece(const char* piece, size_t length, void* user) {
  (void)user;
  fwrite(piece, 1, length, stdout);
  fflush(stdout);
  return 0; /* anything else would end the generation */
}

int main(int argc, char** argv) {
  bitnet_model* model = NULL;
  bitnet_session* session = NULL;
  bitnet_generate_options options = bitnet_default_generate_options();
  bitnet_status status;
  if (argc != 3) {
    fprintf(stderr, "usage: complete MODEL PROMPT\n");
    return 2;
  }
  options.max_tokens = 64;
  options.temperature = 0.7f;
  status = bitnet_model_load(argv[1], NULL, &model);
  if (status == BITNET_OK) status = bitnet_session_new(model, NULL, &session);
  if (status == BITNET_OK) status = bitnet_generate(session, argv[2], &options, print_piece, NULL);
  if (status == BITNET_OK) {
    printf("\n");
  } else {
    fprintf(stderr, "complete: %s\n", bitnet_last_error());
  }
  bitnet_session_free(session);
  bitnet_model_free(model);
  return status == BITNET_OK ? 0 : 1;
}
