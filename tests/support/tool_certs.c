/* toil-certs DIR: certificates for tests that are scripts, as lib_certs.h says, in the folder, which exists. */
#include <stdio.h>

#include "support/lib_certs.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: toil-certs DIR\n");
        return 2;
    }
    toil_certs_make(argv[1], "client");
    return 0;
}
