/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdint.h>

/*
 * A disk that fails. Linked into a test with `export_dynamic`, or preloaded into a
 * program, it stands between RocksDB and the files below one directory.
 *
 * Preloaded it is told by DISK_FAULTS="DIRECTORY:KINDS:CHANCE:SEED[:NAME]": each
 * reading or writing of these files fails with a chance of one in CHANCE, in one of the
 * kinds whose letters are in KINDS; with a NAME, only readings of the first bytes of
 * files of that name.
 */
typedef enum
{
  DISK_FAULT_READ_ERROR = 'r',
  DISK_FAULT_READ_FLIP = 'f',  /* one bit of what is read differs */
  DISK_FAULT_WRITE_ERROR = 'w',
  DISK_FAULT_WRITE_FLIP = 'g',
  DISK_FAULT_LOCK = 'l',       /* fcntl() knows no locks */
} DiskFault;

/* From now on the @number-th (from 1) operation that @fault concerns fails, on files
 * below @directory; 0: none does, they are only counted. */
void disk_faults_arm   (const char *directory,
                        DiskFault   fault,
                        int         number);

/* How many such operations there were since. */
int  disk_faults_count (void);
