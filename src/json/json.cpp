#include "json/json.h"

#include <charconv>
#include <utility>

#include "json/tree.h"

namespace threadkeep::json {

Kind Value::kind() const { return tree_ == nullptr ? Kind::null : tree_->nodes[node_].kind; }

std::string_view Value::raw() const {
  return tree_ == nullptr ? std::string_view() : tree_->source(tree_->nodes[node_]);
}

std::string_view Value::string() const {
  return is_string() ? tree_->string(tree_->nodes[node_]) : std::string_view();
}

std::optional<bool> Value::boolean() const {
  if (kind() != Kind::boolean) return std::nullopt;
  return raw().front() == 't';
}

std::optional<std::int64_t> Value::integer() const {
  if (kind() != Kind::number) return std::nullopt;
  const std::string_view text = raw();
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> Value::number() const {
  if (kind() != Kind::number) return std::nullopt;
  const std::string_view text = raw();
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) return std::nullopt;
  return value;
}

std::size_t Value::size() const {
  std::size_t count = 0;
  if (is_array()) {
    for ([[maybe_unused]] const Value item : items()) ++count;
  } else {
    for ([[maybe_unused]] const Member& member : members()) ++count;
  }
  return count;
}

Items Value::items() const { return Items(is_array() ? *this : Value()); }
Members Value::members() const { return Members(is_object() ? *this : Value()); }

Value Value::at(std::size_t index) const {
  for (const Value item : items()) {
    if (index-- == 0) return item;
  }
  return {};
}

Value Value::operator[](std::string_view key) const {
  for (const Member& member : members()) {
    if (member.key == key) return member.value;
  }
  return {};
}

Items::Iterator Items::begin() const {
  return {parent_.tree_, parent_.is_absent() ? 0 : parent_.node_ + 1};
}
Items::Iterator Items::end() const {
  return {parent_.tree_, parent_.is_absent() ? 0 : parent_.tree_->after(parent_.node_)};
}
Value Items::Iterator::operator*() const { return {tree_, node_}; }
Items::Iterator& Items::Iterator::operator++() {
  node_ = tree_->after(node_);
  return *this;
}

Members::Iterator Members::begin() const {
  if (parent_.is_absent()) return {nullptr, 0, 0};
  return {parent_.tree_, parent_.node_ + 1, parent_.tree_->after(parent_.node_)};
}
Members::Iterator Members::end() const {
  if (parent_.is_absent()) return {nullptr, 0, 0};
  const std::uint32_t end = parent_.tree_->after(parent_.node_);
  return {parent_.tree_, end, end};
}
Members::Iterator::Iterator(const Tree* tree, std::uint32_t node, std::uint32_t end)
    : tree_(tree), node_(node), end_(end) {
  skip_dropped();
}
void Members::Iterator::skip_dropped() {
  while (node_ != end_ && tree_->nodes[node_].is_dropped) node_ = tree_->after(node_ + 1);
}
Member Members::Iterator::operator*() const {
  return {tree_->string(tree_->nodes[node_]), Value(tree_, node_ + 1)};
}
Members::Iterator& Members::Iterator::operator++() {
  node_ = tree_->after(node_ + 1);
  skip_dropped();
  return *this;
}

Result<Document> Document::parse(std::string text, Mode mode) {
  auto tree = std::make_unique<Tree>();
  tree->text = std::move(text);
  if (auto done = read(*tree, mode); !done) return tl::unexpected(std::move(done.error()));
  return Document(std::move(tree));
}

Document::Document(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const { return {tree_.get(), 0}; }
std::string_view Document::text() const { return tree_->text; }

}  // namespace threadkeep::json
