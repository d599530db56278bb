/* Run a fuzz target on files, as libFuzzer does, but without clang. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
main(int argc, char **argv)
{
	enum { MAX = 1 << 20 };
	uint8_t *data = malloc(MAX);

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");

		if (f == NULL || data == NULL) {
			perror(argv[i]);
			return 1;
		}
		LLVMFuzzerTestOneInput(data, fread(data, 1, MAX, f));
		fclose(f);
	}
	free(data);
	return argc > 1 ? 0 : 2;
}
