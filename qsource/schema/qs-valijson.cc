/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-valijson-private.h"

/* Otherwise it ends the process where a schema is wrong. */
#define VALIJSON_USE_EXCEPTIONS 1

#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

/* It sets what rapidjson does about failures, so it comes first. */
#include <valijson/adapters/rapidjson_adapter.hpp>

#include <rapidjson/document.h>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

using valijson::adapters::RapidJsonAdapter;

struct _QsValijson
{
  valijson::Schema    schema;
  std::mutex          lock; /* guards the validator, which keeps regular expressions */
  valijson::Validator validator;
};

/* A number without a fraction is an integer (since draft 6), however it is written. */
static void
make_integers (rapidjson::Value &value)
{
  const double limit = 9223372036854775808.0;

  if (value.IsDouble () && value.GetDouble () >= -limit && value.GetDouble () < limit &&
      std::trunc (value.GetDouble ()) == value.GetDouble ())
    value.SetInt64 ((gint64) value.GetDouble ());
  else if (value.IsArray ())
    for (auto &item : value.GetArray ())
      make_integers (item);
  else if (value.IsObject ())
    for (auto &member : value.GetObject ())
      make_integers (member.value);
}

/* ["<root>", "[orders]", "[3]", "[amount]"] is orders[3].amount; some releases quote names. */
static std::string
make_path (const valijson::ValidationResults::Error &error)
{
  std::string path;

  for (const auto &part : error.context)
    {
      bool        is_bracketed = part.size () > 2 && part.front () == '[' && part.back () == ']';
      std::string name = is_bracketed ? part.substr (1, part.size () - 2) : "";

      if (!is_bracketed)
        continue;
      if (name.find_first_not_of ("0123456789") == std::string::npos)
        path += part;
      else if (name.size () > 2 && name.front () == '"')
        path += (path.empty () ? "" : ".") + name.substr (1, name.size () - 2);
      else
        path += (path.empty () ? "" : ".") + name;
    }

  return path;
}

/* That of the innermost place. */
static std::string
choose_error (valijson::ValidationResults &results)
{
  valijson::ValidationResults::Error error, chosen;
  bool                               has_one = false;

  while (results.popError (error))
    if (!has_one || error.context.size () > chosen.context.size ())
      {
        chosen = error;
        has_one = true;
      }

  std::string path = make_path (chosen);
  std::string text = has_one ? chosen.description : "it doesn't fit";

  while (!text.empty () && text.back () == '.')
    text.pop_back ();

  return path.empty () ? text : path + ": " + text;
}

/* A schema that is referred to; valijson may have put the address of the one that does
 * before its name. Null: there is none. */
static const rapidjson::Document *
fetch (const std::string &address, GPtrArray *names, GPtrArray *parts)
{
  for (guint i = 0; names != nullptr && i < names->len; i++)
    {
      const std::string name = static_cast<const char *> (names->pdata[i]);

      if (address != name && !g_str_has_suffix (address.c_str (), ("/" + name).c_str ()))
        continue;

      std::unique_ptr<rapidjson::Document> document (new rapidjson::Document);

      document->Parse (static_cast<const char *> (parts->pdata[i]));
      if (document->HasParseError ())
        return nullptr;
      make_integers (*document);

      return document.release ();
    }

  return nullptr;
}

extern "C" QsValijson *
qs_valijson_new (const char *schema, GPtrArray *names, GPtrArray *parts, char **problem)
{
  QsValijson *self = nullptr;

  try
    {
      rapidjson::Document document;

      self = new QsValijson;
      document.Parse (schema);
      if (document.HasParseError ())
        throw std::runtime_error ("it is no JSON");
      make_integers (document);

      valijson::SchemaParser parser;
      parser.populateSchema<RapidJsonAdapter> (
          RapidJsonAdapter (document),
          self->schema,
          [=] (const std::string &address) { return fetch (address, names, parts); },
          [] (const rapidjson::Document *fetched) { delete fetched; });

      return self;
    }
  catch (const std::exception &failure)
    {
      *problem = g_strdup (failure.what ());
    }
  catch (...)
    {
      *problem = g_strdup ("the validator doesn't say why");
    }
  delete self;

  return nullptr;
}

extern "C" void
qs_valijson_free (QsValijson *self)
{
  delete self;
}

extern "C" char *
qs_valijson_check (QsValijson *self, const char *text, gsize length)
{
  try
    {
      rapidjson::Document         document;
      valijson::ValidationResults results;

      document.Parse (text, length);
      if (document.HasParseError ())
        return g_strdup ("it is no JSON");
      make_integers (document);

      std::lock_guard<std::mutex> guard (self->lock);
      if (self->validator.validate (self->schema, RapidJsonAdapter (document), nullptr))
        return nullptr;
      self->validator.validate (self->schema, RapidJsonAdapter (document), &results);

      return g_strdup (choose_error (results).c_str ());
    }
  catch (const std::exception &failure)
    {
      return g_strdup (failure.what ());
    }
  catch (...)
    {
      return g_strdup ("the validator doesn't say why");
    }
}
