/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "qs-valijson-private.h"

/* Otherwise it ends the process where a schema is wrong. */
#define VALIJSON_USE_EXCEPTIONS 1

#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/* It sets what rapidjson does about failures, so it comes first. */
#include <valijson/adapters/rapidjson_adapter.hpp>

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
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

/* Limits how often values can be checked, in total and for each byte of the text. If several
 * schemas apply to nested values (`anyOf` with `$ref`), the number of checks of a value is the
 * number of schemas to the power of its depth. */
constexpr guint64 MIN_CHECKS = 200000;
constexpr guint64 CHECKS_PER_BYTE = 20;

/* How many checks are left to what the thread validates. */
static thread_local guint64 checks_left = 0;

/* A value as the validator takes it, once for each schema that it is checked against. */
class Counted : public RapidJsonAdapter
{
public:
  Counted (const RapidJsonAdapter &value) : RapidJsonAdapter (value)
  {
  }

  Counted (const Counted &other) : RapidJsonAdapter (other)
  {
    if (checks_left-- == 0)
      throw std::runtime_error ("it takes too many steps to check: its schema refers to itself in several ways and too deeply");
  }
};

static bool
validate (QsValijson                  *self,
          const rapidjson::Document   &document,
          gsize                        length,
          valijson::ValidationResults *results)
{
  checks_left = MIN_CHECKS + CHECKS_PER_BYTE * length;

  return self->validator.validate (self->schema, Counted (RapidJsonAdapter (document)), results);
}

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

/* Returns the error of the innermost place. */
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
  std::string text = has_one ? chosen.description : "it does not fit";

  while (!text.empty () && text.back () == '.')
    text.pop_back ();

  return path.empty () ? text : path + ": " + text;
}

/* The schemas of a text, with those to which it refers. */
class Documents
{
public:
  Documents (const char *schema, GPtrArray *names, GPtrArray *parts)
  {
    add ("", schema);
    for (guint i = 0; names != nullptr && i < names->len; i++)
      add (static_cast<const char *> (names->pdata[i]),
           static_cast<const char *> (parts->pdata[i]));
  }

  const rapidjson::Document &
  get_first () const
  {
    return *all.front ().second;
  }

  /* By its address, before which valijson may have put that of who refers to it. Null: there
   * is none. */
  const rapidjson::Document *
  find (const std::string &address) const
  {
    for (const auto &one : all)
      if (!one.first.empty () &&
          (address == one.first || g_str_has_suffix (address.c_str (), ("/" + one.first).c_str ())))
        return one.second.get ();

    return nullptr;
  }

  /* Throws where a schema is checked against the same value again and again. */
  void
  check_cycles ()
  {
    for (const auto &one : all)
      visit_all (*one.second, *one.second);
  }

private:
  static constexpr guint MAX_DEPTH = 200;

  std::vector<std::pair<std::string, std::unique_ptr<rapidjson::Document> > > all;
  std::set<const rapidjson::Value *> done; /* those that lead to no cycle */

  void
  add (const char *name, const char *text)
  {
    auto document = std::make_unique<rapidjson::Document> ();

    document->Parse (text);
    if (document->HasParseError ())
      throw std::runtime_error ("it is not JSON");
    make_integers (*document);
    all.emplace_back (name, std::move (document));
  }

  void
  visit_all (const rapidjson::Document &document, const rapidjson::Value &value)
  {
    visit (document, value, 0);
    if (value.IsArray ())
      for (const auto &item : value.GetArray ())
        visit_all (document, item);
    if (value.IsObject ())
      for (const auto &member : value.GetObject ())
        visit_all (document, member.value);
  }

  /* Those that a value is checked against, too, if it is against this one. */
  void
  visit (const rapidjson::Document &document, const rapidjson::Value &schema, guint depth)
  {
    if (!schema.IsObject () || done.count (&schema) > 0)
      return;
    if (depth > MAX_DEPTH)
      throw std::runtime_error ("a schema refers to itself, or too many refer to each other");

    for (const auto &member : schema.GetObject ())
      {
        const std::string name = member.name.GetString ();

        if (name == "$ref" && member.value.IsString ())
          follow (document, member.value.GetString (), depth + 1);
        else if (name == "not" || name == "if" || name == "then" || name == "else")
          visit (document, member.value, depth + 1);
        else if (member.value.IsArray ())
          for (const auto &item : member.value.GetArray ())
            visit (document, item, depth + 1);
        else if (name == "dependencies" && member.value.IsObject ())
          for (const auto &dependency : member.value.GetObject ())
            visit (document, dependency.value, depth + 1);
      }
    done.insert (&schema);
  }

  /* Whether that is what a text calls itself. */
  static bool
  is_own (const rapidjson::Document &document, const std::string &address)
  {
    for (const char *name : { "$id", "id" })
      {
        const auto member = document.IsObject () ? document.FindMember (name)
                                                 : rapidjson::Value::ConstMemberIterator ();

        if (document.IsObject () && member != document.MemberEnd () && member->value.IsString ())
          {
            const std::string own = member->value.GetString ();

            if (own == address || own == address + "#" ||
                g_str_has_suffix (own.c_str (), ("/" + address).c_str ()))
              return true;
          }
      }

    return false;
  }

  void
  follow (const rapidjson::Document &document, const std::string &reference, guint depth)
  {
    const auto                 hash = reference.find ('#');
    const std::string          address = reference.substr (0, hash);
    const std::string          fragment = hash != std::string::npos ? reference.substr (hash) : "#";
    const rapidjson::Document *target =
        address.empty () || is_own (document, address) ? &document : find (address);

    /* Or valijson takes it for the schema itself. */
    if (target == nullptr)
      throw std::runtime_error ("it refers to '" + address + "', which does not exist");

    const rapidjson::Value *found = rapidjson::Pointer (fragment.c_str ()).Get (*target);

    if (found != nullptr)
      visit (*target, *found, depth);
  }
};

extern "C" QsValijson *
qs_valijson_new (const char *schema, GPtrArray *names, GPtrArray *parts, char **problem)
{
  QsValijson *self = nullptr;

  try
    {
      Documents documents (schema, names, parts);

      self = new QsValijson;
      documents.check_cycles ();

      valijson::SchemaParser parser;
      parser.populateSchema<RapidJsonAdapter> (
          RapidJsonAdapter (documents.get_first ()),
          self->schema,
          [&] (const std::string &address) { return documents.find (address); },
          [] (const rapidjson::Document *) {});

      return self;
    }
  catch (const std::exception &failure)
    {
      *problem = g_strdup (failure.what ());
    }
  catch (...)
    {
      *problem = g_strdup ("the validator gives no reason");
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
        return g_strdup ("it is not JSON");
      make_integers (document);

      std::lock_guard<std::mutex> guard (self->lock);
      if (validate (self, document, length, nullptr))
        return nullptr;
      validate (self, document, length, &results);

      return g_strdup (choose_error (results).c_str ());
    }
  catch (const std::exception &failure)
    {
      return g_strdup (failure.what ());
    }
  catch (...)
    {
      return g_strdup ("the validator gives no reason");
    }
}
