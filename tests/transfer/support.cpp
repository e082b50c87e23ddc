#include "support.h"

namespace threadkeep {

std::string message_json(std::string_view role, std::string_view content, std::string_view more) {
  std::string out =
      R"({"author":{"role":)" + json::quoted(role) + R"(,"name":null,"metadata":{}},)";
  out.append(R"("create_time":1700000000.5,"status":"finished_successfully","content":)");
  out.append(content);
  if (!more.empty()) out.append(",").append(more);
  return out.append("}");
}

std::string text_message(std::string_view role, std::string_view text, std::string_view more) {
  return message_json(role, R"({"content_type":"text","parts":[)" + json::quoted(text) + "]}",
                      more);
}

std::string conversation_json(std::string_view id, const std::vector<TestNode>& nodes,
                              std::string_view more_members) {
  std::string out = "{";
  if (!id.empty()) out.append(R"("conversation_id":)").append(json::quoted(id)).append(",");
  out.append(R"("create_time":1690000000.25,"mapping":{)");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const TestNode& node = nodes[i];
    if (i > 0) out.push_back(',');
    out.append(json::quoted(node.id)).append(R"(:{"id":)").append(json::quoted(node.id));
    out.append(R"(,"message":)").append(node.message).append(R"(,"parent":)");
    out.append(node.parent.empty() ? "null" : json::quoted(node.parent));
    out.append(R"(,"children":[)");
    std::string_view comma;
    for (const TestNode& child : nodes) {
      if (child.parent != node.id) continue;
      out.append(comma).append(json::quoted(child.id));
      comma = ",";
    }
    out.append("]}");
  }
  out.push_back('}');
  if (!more_members.empty()) out.append(",").append(more_members);
  return out.append("}");
}

SourceConversation convert_text(std::string_view conversation) {
  const auto document = json::Document::parse(std::string(conversation), json::Mode::foreign);
  EXPECT_TRUE(document) << document.error().detail;
  return chatgpt::convert(document->root(), UserId{}, test_now_ms, test_now_ms);
}

std::string blocks_of(std::string_view message) {
  const SourceConversation converted =
      convert_text(conversation_json("c", {{"m", "", std::string(message)}}));
  if (converted.merge.messages.empty()) return "(nothing)";
  return converted.merge.messages.front().content;
}

}  // namespace threadkeep
