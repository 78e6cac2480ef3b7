/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <qsource/qsource.h>

G_BEGIN_DECLS

/*
 * The command `qsource`: a table of verbs, each in a file of its own. Help, man page and
 * completion are made from that table.
 */

/* Exit statuses; a signal is 128 and its number. */
typedef enum
{
  QSC_DONE = 0,
  QSC_NOT_WELL = 1,
  QSC_USAGE = 2,
  QSC_BROKER = 3,
  QSC_HELD = 4,
  QSC_CONFIG = 78,
} QscExit;

typedef enum
{
  QSC_VERB_APPLICATION = 1 << 0, /* each property of an application is an option */
  QSC_VERB_HIDDEN = 1 << 1,
  QSC_VERB_RAW = 1 << 2, /* its arguments are its own, options and all */
} QscVerbFlags;

/* The kind of words after a verb, for completion. */
typedef enum
{
  QSC_WORDS_NONE,
  QSC_WORDS_SOURCE,      /* a type of source, then its properties */
  QSC_WORDS_APPLICATION, /* an application that runs */
  QSC_WORDS_RUNNING,     /* a source that runs */
  QSC_WORDS_LANGUAGE,
  QSC_WORDS_FILE,
} QscWords;

typedef struct
{
  const char *name;
  char        letter;
  const char *metavar; /* NULL: it takes no value */
  const char *help;
} QscOption;

typedef struct _QscVerb QscVerb;

/* A verb that is called. */
typedef struct
{
  const QscVerb  *verb;
  GHashTable     *options; /* name → GPtrArray of the texts given */
  char          **words;   /* what isn't an option */
} QscCall;

struct _QscVerb
{
  const char      *name; /* may be of two words */
  const char      *words;
  const char      *summary;
  const char      *text;     /* paragraphs */
  const char      *examples; /* lines */
  const QscOption *options;  /* ended by one without a name; nullable */
  QscVerbFlags     flags;
  QscWords         completion;
  int (*call) (QscCall *call);
};

/* The verbs, ended by one without a name. */
extern const QscVerb qsc_verbs[];

/* Examples of common tasks, ended by one without a title. */
typedef struct
{
  const char *title;
  const char *text;
  const char *lines;
} QscRecipe;

extern const QscRecipe qsc_recipes[];

/* Each exit status and what it means, ended by NULL. */
extern const char *const qsc_statuses[][2];

/* The verb that @words begin with, and how many of them it has; NULL if none is. */
const QscVerb *qsc_verb_find        (char           **words,
                                     guint           *n_words);

/* Whether verbs of two words begin with @word, as those of 'state' do. */
gboolean       qsc_verb_is_group    (const char      *word);

/* Says on stderr that @words begin with no verb; the status for that. */
int            qsc_verb_fail_unknown (char          **words);

/* The options of @verb, those of an application among them, in an array that is ended by
 * one without a name. (element-type QscOption), transfer full */
GArray        *qsc_verb_dup_options (const QscVerb   *verb);

/* Parses what follows a verb. A status, or -1 if @call is ready to be called. */
int            qsc_call_parse       (QscCall         *call,
                                     const QscVerb   *verb,
                                     char           **words);
void           qsc_call_clear       (QscCall         *call);

/* The last text that was given for an option, or NULL; "" for one without a value. */
const char    *qsc_call_get         (QscCall         *call,
                                     const char      *option);
gboolean       qsc_call_has         (QscCall         *call,
                                     const char      *option);
GPtrArray     *qsc_call_get_all     (QscCall         *call,
                                     const char      *option);

/* Finds the application by its name or the file that --config names; NULL is any. FALSE if the
 * file is invalid. */
gboolean       qsc_call_find_application (QscCall    *call,
                                     const char      *given,
                                     char           **name,
                                     GError         **error);

/* Whether all that was printed is written. */
gboolean       qsc_flush_output     (void);

/* Says on stderr why it is not. */
int            qsc_fail_output      (void);

/* Says on stderr what is wrong; @status. */
int            qsc_fail             (QscExit          status,
                                     const char      *format,
                                     ...) G_GNUC_PRINTF (2, 3);

/* Likewise, with the status that belongs to @error. */
int            qsc_fail_error       (const GError    *error);

/* From now on, a setting that is wrong is the configuration file's fault and not the call's. */
void           qsc_fail_blame_config (void);

/* Likewise: there is no @what by the name of @name; the message suggests the nearest of
 * @names. */
int            qsc_fail_unknown     (const char      *what,
                                     const char      *name,
                                     const char *const *names,
                                     const char      *where);

void           qsc_print_help       (const QscVerb   *verb);

/* Prints @value (sunk) as a line of JSON. */
void           qsc_print_json       (GVariant        *value);

/* Lists the properties of a type: an aa{sv}, as in qs_source_dup_description(). */
GVariant      *qsc_properties_list  (GType            type);
/* That of @known whose name is @name, or NULL; transfer full. */
GVariant      *qsc_properties_find  (GVariant        *known,
                                     const char      *name);
gboolean       qsc_property_is      (GVariant        *property,
                                     const char      *kind);
gboolean       qsc_property_is_writable (GVariant    *property);
/* The names of those that can be set. (element-type utf8), transfer full */
GPtrArray     *qsc_properties_list_writable (GVariant *known);

/* The properties that words like NAME=VALUE give to an object with the @known ones (nullable: any
 * may be meant): an a{sv} of texts, and lists where a name repeats, with secrets read. NULL with an
 * error in QscError. */
GVariant      *qsc_properties_parse (GVariant        *known,
                                     char           **words,
                                     const char      *what,
                                     GError         **error);

/* A secret that the @value of the property @name points to, or @value itself; transfer
 * full. */
char          *qsc_value_read       (const char      *name,
                                     const char      *value,
                                     GError         **error);

/* The properties of the application that @call's options name; a{sv}, floating. NULL if
 * one is wrong. */
GVariant      *qsc_call_dup_application (QscCall     *call,
                                         GError     **error);

/* Errors of the command itself: their codes are exit statuses. */
#define QSC_ERROR (qsc_error_quark ())
GQuark         qsc_error_quark      (void);

int            qsc_verb_broker      (QscCall         *call);
int            qsc_verb_complete    (QscCall         *call);
int            qsc_verb_conform     (QscCall         *call);
int            qsc_verb_dead_letters_drop (QscCall  *call);
int            qsc_verb_dead_letters_ls (QscCall    *call);
int            qsc_verb_dead_letters_replay (QscCall *call);
int            qsc_verb_dead_letters_show (QscCall  *call);
int            qsc_verb_doctor     (QscCall         *call);
int            qsc_verb_help        (QscCall         *call);
int            qsc_verb_inspect     (QscCall         *call);
int            qsc_verb_man         (QscCall         *call);
int            qsc_verb_new         (QscCall         *call);
int            qsc_verb_pause       (QscCall         *call);
int            qsc_verb_restart     (QscCall         *call);
int            qsc_verb_resume      (QscCall         *call);
int            qsc_verb_run         (QscCall         *call);
int            qsc_verb_state_at    (QscCall         *call);
int            qsc_verb_state_diff  (QscCall         *call);
int            qsc_verb_state_export (QscCall        *call);
int            qsc_verb_state_get   (QscCall         *call);
int            qsc_verb_state_import (QscCall        *call);
int            qsc_verb_state_ls    (QscCall         *call);
int            qsc_verb_state_reset (QscCall         *call);
int            qsc_verb_state_rm    (QscCall         *call);
int            qsc_verb_state_set   (QscCall         *call);
int            qsc_verb_state_verify (QscCall        *call);
int            qsc_verb_status      (QscCall         *call);
int            qsc_verb_stop        (QscCall         *call);
int            qsc_verb_top         (QscCall         *call);
int            qsc_verb_topics      (QscCall         *call);

G_END_DECLS
