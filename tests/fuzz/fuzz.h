#ifndef CCPT_FUZZ_FUZZ_H
#define CCPT_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * A fuzzer is one file fuzz_<parser>.c with this function, a line in
 * CMakeLists.txt and a folder corpus/<parser>/ of inputs to begin with. The
 * corpus runs as a test in every build; the fuzz preset also makes the programs
 * that look for new inputs:
 *
 *     cmake --preset fuzz && cmake --build build/fuzz --target fuzzers
 *     build/fuzz/fuzz/fuzz_json -max_total_time=60 NEW_INPUTS tests/fuzz/corpus/json
 *
 * An input that broke something goes into the corpus with the repair.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. */
static inline void must(int holds)
{
    if (!holds)
        abort();
}

#endif
