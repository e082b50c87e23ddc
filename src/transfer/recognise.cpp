#include "transfer/recognise.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace threadkeep {
namespace {

// A product and the members that, together, only its exports have.
struct Mark {
  std::string_view product;
  std::array<std::string_view, 3> members;  // the rest are empty
};

constexpr std::array marks{
    Mark{"Claude", {"chat_messages", "", ""}},
    Mark{"Claude Code", {"sessionId", "uuid", "type"}},
    Mark{"Claude Code", {"type", "message", "cwd"}},
    Mark{"Claude Code", {"type", "snapshot", "messageId"}},
    Mark{"Claude Code", {"type", "summary", "leafUuid"}},
    Mark{"Codex", {"type", "payload", ""}},
    Mark{"Gemini", {"chunkedPrompt", "", ""}},
    Mark{"Gemini CLI", {"projectHash", "sessionId", "messages"}},
    Mark{"Gemini", {"header", "products", "time"}},
    Mark{"Open WebUI", {"chat", "user_id", ""}},
    Mark{"LibreChat", {"conversationId", "messages", "recursive"}},
    Mark{"LobeChat", {"exportType", "state", ""}},
    Mark{"NextChat", {"chat-next-web-store", "", ""}},
    Mark{"HuggingChat", {"rootMessageId", "messages", ""}},
    Mark{"Cherry Studio", {"localStorage", "indexedDB", ""}},
    Mark{"Chatbot UI", {"version", "history", "folders"}},
    Mark{"Grok", {"conversation", "responses", ""}},
    Mark{"SillyTavern", {"chat_metadata", "character_name", ""}},
    Mark{"llama.cpp", {"conv", "messages", ""}},
    Mark{"llama.cpp", {"lastModified", "messages", "id"}},
};

bool has_all(const json::Value& value, const Mark& mark) {
  return std::all_of(mark.members.begin(), mark.members.end(), [&](std::string_view member) {
    return member.empty() || !value[member].is_absent();
  });
}

}  // namespace

std::string_view name_of_product(const json::Value& value) {
  for (const Mark& mark : marks) {
    if (has_all(value, mark)) return mark.product;
  }
  if (!value["conversations"].at(0)["responses"].is_absent()) return "Grok";
  return {};
}

std::string describe_product(std::string_view product) {
  if (product.empty()) return "The file is JSON, but none of the exports that can be read.";
  return "The file looks like an export of " + std::string(product) +
         ", which cannot be read yet. Those of ChatGPT and of Threadkeep can.";
}

std::string describe_bytes(std::string_view head) {
  const auto begins_with_any = [head](std::initializer_list<std::string_view> beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [head](std::string_view beginning) { return head.starts_with(beginning); });
  };
  if (head.empty()) return "The file is empty.";
  if (begins_with_any({"<"})) {
    return "The file is a web page. Of a ChatGPT export, the zip archive or its conversations.json "
           "can be read.";
  }
  if (begins_with_any(
          {"\x1F\x8B", "7z\xBC\xAF", "Rar!", "\x28\xB5\x2F\xFD", "BZh", "\xFD\x37zXZ"})) {
    return "The file is compressed in another way than zip. Unpack it first.";
  }
  if (begins_with_any({"\xFF\xFE", "\xFE\xFF"})) {
    return "The file is written in UTF-16. Only UTF-8 can be read.";
  }
  if (begins_with_any({"%PDF"})) return "The file is a PDF document.";
  return "The file is neither JSON nor a zip archive.";
}

}  // namespace threadkeep
