/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define QS_RDKAFKA_LOADER

#include "qs-rdkafka-private.h"

#include "qs-library-private.h"

/* The library of the API that we are built with. */
#define LIBRARY "librdkafka.so.1"

#define NAME(function) #function,
static const char *const names[] = { QS_RDKAFKA_FUNCTIONS (NAME) NULL };

QsRdkafka qs_rdkafka;

/* When our own library is loaded, as the dynamic linker would have done. */
__attribute__ ((constructor)) static void
load (void)
{
  qs_library_load (LIBRARY, "librdkafka, which QSource needs", names, &qs_rdkafka);
}
