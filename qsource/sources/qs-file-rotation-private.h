/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qs-file-tracks-private.h"

G_BEGIN_DECLS

/*
 * The files that a name had before.
 *
 * Context: the source's thread.   Locks: none.
 */

/* Whether @path has what is read of @position's file. */
gboolean qs_file_rotation_is_copied    (QsFileTracks          *self,
                                        const QsFilePosition  *position,
                                        const char            *path);

/* Has @path be read after what @track has. If it has got another name meanwhile, the
 * next look must begin here. */
gboolean qs_file_rotation_push         (QsFileTracks          *self,
                                        QsFileTrack           *track,
                                        const char            *path,
                                        QsFilePosition        *position,
                                        gboolean               is_retired,
                                        GError               **error);

/* Puts what @track's name was rotated to since @last was read before the file that has
 * the name now. It is deferred if names change meanwhile. */
gboolean qs_file_rotation_push_rotated (QsFileTracks          *self,
                                        QsFileTrack           *track,
                                        QsFilePosition        *last,
                                        GError               **error);

/* The rest of the file of @last can't be read any more. */
void     qs_file_rotation_warn_gone    (QsFileTracks          *self,
                                        QsFileTrack           *track,
                                        QsFilePosition        *last);

G_END_DECLS
