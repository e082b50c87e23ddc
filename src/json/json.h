// JSON in and out. The one place that knows a JSON library; everything else sees values, raw bytes
// and a writer.
//
// What the product needs beyond a usual reader, and why: the exact source bytes of every value
// (content is stored and returned as it came, so that key order and numbers survive), refusal of
// duplicate keys and of unpaired surrogates (RFC 7493), the byte offset of an error, and no
// rounding of numbers in silence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace threadkeep::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

// Whose text it is.
//   strict: what a client sends us. Fails: invalid_json (with the byte offset), json_too_deep
//   (limits::json_depth_max), duplicate_key,
//           invalid_utf8, invalid_unicode (unpaired surrogate), nul_not_allowed (U+0000 in a string
//           or key), number_out_of_range (beyond 64-bit integers or a finite double, negative zero
//           written as an integer, more than 1,000 characters).
//   foreign: files and streams of other programs. Duplicate keys: the last wins. U+0000 and
//   unpaired surrogates decode to U+FFFD.
//           Numbers of any size stay readable as raw(). Broken grammar, broken UTF-8 and depth
//           beyond 512 still fail.
enum class Mode : std::uint8_t { strict, foreign };

class Members;
class Items;
struct Tree;

// A view of one value inside a Document; valid as long as that Document. Cheap to copy. Default: an
// absent value, whose kind is null, which has no members and no items, and for which is_absent()
// holds; so look-ups chain without checks.
class Value {
 public:
  Value() = default;

  Kind kind() const;
  bool is_absent() const { return tree_ == nullptr; }
  bool is_null() const { return kind() == Kind::null; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  // The bytes of the value as they stand in the source, without surrounding white space.
  std::string_view raw() const;
  // The decoded text of a string; empty for every other kind. Points into the document.
  std::string_view string() const;
  // Nothing for other kinds. integer() takes 1 and 1e3 and 1.0 only when written as an integer: 1.0
  // is not one.
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> number() const;

  // Arrays. `size` counts items or members.
  std::size_t size() const;
  Items items() const;
  Value at(std::size_t index) const;  // linear; absent beyond the end

  // Objects, in source order.
  Members members() const;
  Value operator[](std::string_view key) const;  // linear; absent when there is none

 private:
  friend class Document;
  friend class Items;
  friend class Members;
  Value(const Tree* tree, std::uint32_t node) : tree_(tree), node_(node) {}
  const Tree* tree_ = nullptr;
  std::uint32_t node_ = 0;
};

struct Member {
  std::string_view key;  // decoded
  Value value;
};

// Forward iteration for range-for.
class Items {
 public:
  class Iterator {
   public:
    Value operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    friend class Items;
    Iterator(const Tree* tree, std::uint32_t node) : tree_(tree), node_(node) {}
    const Tree* tree_;
    std::uint32_t node_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Value;
  explicit Items(Value parent) : parent_(parent) {}
  Value parent_;
};

class Members {
 public:
  class Iterator {
   public:
    Member operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    friend class Members;
    Iterator(const Tree* tree, std::uint32_t node, std::uint32_t end);
    void skip_dropped();
    const Tree* tree_;
    std::uint32_t node_;
    std::uint32_t end_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Value;
  explicit Members(Value parent) : parent_(parent) {}
  Value parent_;
};

// Owns a source text and the tree over it. Movable; views stay valid across a move.
class Document {
 public:
  // Exactly one JSON value, white space around it allowed, a byte order mark not.
  static Result<Document> parse(std::string text, Mode mode);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Value root() const;
  std::string_view text() const;

 private:
  explicit Document(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

// Writes compact JSON at the end of a string that the caller owns and that outlives the writer.
// Commas are put by the writer; the nesting is the caller's duty (asserted in debug builds).
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view utf8);  // escapes what must be escaped, leaves the rest as it is
  Writer& plain(std::string_view text);   // a string in which nothing needs an escape: ids, names
  Writer& integer(std::int64_t value);
  Writer& number(double value);  // finite; shortest form that reads back equal
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // a value that is already JSON
  // A value again from what was read: compact, numbers by their source bytes. What foreign mode
  // mends (duplicate keys, unpaired surrogates, U+0000) comes out mended, which raw() would not be.
  // An absent value is written as null.
  Writer& copy(const Value& value);

  // key and value in one call
  Writer& member(std::string_view name, std::string_view utf8) { return key(name).string(utf8); }
  Writer& member(std::string_view name, const char* utf8) { return key(name).string(utf8); }
  Writer& member(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& member(std::string_view name, int value) { return key(name).integer(value); }
  Writer& member(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  void separate();
  Writer& begin(char bracket);
  Writer& end(char bracket);
  std::string& out_;
  int depth_ = 0;
  bool comma_ = false;  // a value stands before the next one at this level
};

// `utf8` as a JSON string with its quotes.
std::string quoted(std::string_view utf8);

}  // namespace threadkeep::json
