/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A direct subclass of QsBaseSource: its own start(), stop() and default topic.
 * Run: build/examples/c/base-source   (ten ticks, on the embedded broker) */

#include <qsource/qsource.h>

G_DECLARE_FINAL_TYPE (TickSource, tick_source, EXAMPLE, TICK_SOURCE, QsBaseSource)
struct _TickSource
{
  QsBaseSource parent_instance;
};
G_DEFINE_FINAL_TYPE (TickSource, tick_source, QS_TYPE_BASE_SOURCE)

/* Nothing is done for it: connecting, producing and flushing are its own affair. */
static gboolean
tick_source_start (QsBaseSource *self, GError **error)
{
  QsProducer *producer = qs_base_source_get_producer (self);
  QsTopic    *topic = qs_base_source_get_topic (self);

  if (!qs_base_source_init_client (self, error))
    return FALSE;

  for (int i = 1; i <= 10 && qs_base_source_wait (self, 0.1); i++)
    {
      GVariant *tick = g_variant_new_int64 (i);
      g_autoptr (QsMessage) message = qs_topic_serialize (topic, NULL, tick, NULL, 0, error);

      if (message == NULL || !qs_producer_produce (producer, topic, message, error))
        return FALSE;
    }

  return qs_producer_flush (producer, 5, error);
}

/* start() waits with qs_base_source_wait(), which wakes up by itself. */
static void
tick_source_stop (QsBaseSource *self)
{
  g_print ("asked to stop\n");
}

static QsTopic *
tick_source_default_topic (QsBaseSource *self)
{
  return qs_topic_new ("ticks");
}

static void
tick_source_class_init (TickSourceClass *klass)
{
  QS_BASE_SOURCE_CLASS (klass)->start = tick_source_start;
  QS_BASE_SOURCE_CLASS (klass)->stop = tick_source_stop;
  QS_BASE_SOURCE_CLASS (klass)->default_topic = tick_source_default_topic;
}

static void
tick_source_init (TickSource *self)
{
}

int
main (void)
{
  g_autoptr (QsApplication) app = qs_application_new ("embedded");
  g_autoptr (QsBaseSource) source = g_object_new (tick_source_get_type (), "name", "clock", NULL);
  g_autoptr (GPtrArray) ticks = NULL;
  g_autoptr (GError) error = NULL;

  if (!qs_application_add_source (app, source, NULL, &error) ||
      !qs_application_run (app, NULL, &error))
    return g_printerr ("%s\n", error->message), 1;

  ticks = qs_embedded_broker_dup_messages (qs_application_get_embedded_broker (app),
                                           "source__ticks", 100, &error);
  g_print ("%u ticks arrived\n", ticks != NULL ? ticks->len : 0);

  return ticks != NULL && ticks->len == 10 ? 0 : 1;
}
