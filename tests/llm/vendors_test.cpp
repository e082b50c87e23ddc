#include "llm/vendors.h"

#include <gtest/gtest.h>

#include <map>

#include "llm/openai/openai.h"
#include "llm/openai_chat/dialect.h"

namespace threadkeep::llm {
namespace {

using Environment = std::map<std::string, std::string>;

Result<std::vector<Vendor>> vendors_of(const Environment& environment) {
  return vendors_from_environment([&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Vendors, AreNoneWithoutAnEnvironment) {
  EXPECT_TRUE(vendors_of({})->empty());
  EXPECT_TRUE(vendors_of({{"OPENAI_API_KEY", ""},
                          {"OPENAI_BASE_URL", "  "},
                          {"OLLAMA_HOST", "\"\""},
                          {"GROQ_API_KEY", "\n"}})
                  ->empty());
}

TEST(Vendors, AreRowsOfATable) {
  const auto vendors = vendors_of({{"XAI_API_KEY", "x"},
                                   {"DEEPSEEK_API_KEY", "d"},
                                   {"ANTHROPIC_API_KEY", "a"},
                                   {"GEMINI_API_KEY", "e"},
                                   {"MISTRAL_API_KEY", "m"},
                                   {"GROQ_API_KEY", " g\n"},
                                   {"OPENROUTER_API_KEY", "o"},
                                   {"OLLAMA_HOST", "x"},
                                   {"OPENAI_API_KEY", "k"}});
  ASSERT_TRUE(vendors);
  std::string rows;
  for (const Vendor& vendor : *vendors)
    rows += vendor.name + " " + vendor.label + " " + vendor.base_url + " " + vendor.api_key + "\n";
  EXPECT_EQ(rows,
            "openai OpenAI https://api.openai.com/v1 k\n"
            "ollama Ollama http://x:11434/v1 \n"
            "anthropic Anthropic https://api.anthropic.com/v1 a\n"
            "gemini Google Gemini https://generativelanguage.googleapis.com/v1beta e\n"
            "openrouter OpenRouter https://openrouter.ai/api/v1 o\n"
            "groq Groq https://api.groq.com/openai/v1 g\n"
            "mistral Mistral https://api.mistral.ai/v1 m\n"
            "deepseek DeepSeek https://api.deepseek.com/v1 d\n"
            "xai xAI https://api.x.ai/v1 x\n");
  EXPECT_EQ(vendors->at(2).protocol, ProtocolId::anthropic_messages);
  EXPECT_EQ(vendors->at(0).protocol, ProtocolId::openai);
  EXPECT_EQ(vendors->at(8).protocol, ProtocolId::openai_chat);
  EXPECT_EQ(dialect_of(vendors->at(0), "gpt-4o").output_tokens_max, "max_completion_tokens");
  EXPECT_EQ(dialect_of(vendors->at(1), "m").output_tokens_max, "max_tokens");
  EXPECT_EQ(dialect_of(vendors->at(6), "m").usage, Dialect::UsageReport::always);
  EXPECT_EQ(dialect_of(vendors->at(7), "m").reasoning, Dialect::ReasoningBack::with_tool_calls);
}

TEST(Vendors, SpeakTheProtocolThatIsNamed) {
  const auto protocol = [](const Environment& environment) {
    const auto vendors = vendors_of(environment);
    return vendors ? std::optional(vendors->at(0).protocol) : std::nullopt;
  };
  EXPECT_EQ(protocol({{"OPENAI_API_KEY", "k"}, {"OPENAI_PROTOCOL", "chat"}}),
            ProtocolId::openai_chat);
  EXPECT_EQ(protocol({{"OPENAI_API_KEY", "k"}, {"OPENAI_PROTOCOL", " responses "}}),
            ProtocolId::openai_responses);
  EXPECT_EQ(protocol({{"OPENAI_BASE_URL", "http://127.0.0.1:1234"}}), ProtocolId::openai_chat);
  EXPECT_EQ(protocol({{"OPENAI_BASE_URL", "http://a"}, {"OPENAI_PROTOCOL", "responses"}}),
            ProtocolId::openai_responses);
  EXPECT_EQ(protocol({{"OPENAI_BASE_URL", "https://api.openai.com.example/v1"}}),
            ProtocolId::openai_chat);
  EXPECT_EQ(protocol({{"XAI_API_KEY", "k"}, {"XAI_PROTOCOL", "responses"}}),
            ProtocolId::openai_responses);
  EXPECT_EQ(protocol({{"XAI_API_KEY", "k"}, {"XAI_PROTOCOL", "grpc"}}), std::nullopt);
}

TEST(Vendors, AtAzureAreDeployments) {
  Environment environment = {{"AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/"},
                             {"AZURE_OPENAI_API_KEY", "k"}};
  EXPECT_TRUE(vendors_of(environment)->empty()) << "other programs know these two";
  environment["AZURE_OPENAI_DEPLOYMENTS"] = " gpt-4o , o3,";
  const auto newer = vendors_of(environment);
  ASSERT_TRUE(newer);
  const Vendor& vendor = newer->at(0);
  EXPECT_EQ(vendor.name, "azure");
  EXPECT_EQ(vendor.label, "Azure OpenAI");
  EXPECT_EQ(vendor.protocol, ProtocolId::openai);
  EXPECT_EQ(vendor.base_url, "https://mine.openai.azure.com/openai/v1");
  EXPECT_EQ(vendor.models, (std::vector<std::string>{"gpt-4o", "o3"}));
  const auto request = signed_request(vendor, Endpoint::chat_completions, "gpt-4o");
  EXPECT_EQ(request.url, "https://mine.openai.azure.com/openai/v1/chat/completions");
  EXPECT_EQ(request.headers.back().name, "api-key");
  EXPECT_EQ(dialect_of(vendor, "gpt-4o").output_tokens_max, "max_completion_tokens");

  environment["AZURE_OPENAI_API_VERSION"] = "2024-10-21";
  const auto older = vendors_of(environment);
  EXPECT_EQ(signed_request(older->at(0), Endpoint::chat_completions, "../o3").url,
            "https://mine.openai.azure.com/openai/deployments/%2E%2E%2Fo3/chat/completions"
            "?api-version=2024-10-21");
  EXPECT_EQ(signed_request(older->at(0), Endpoint::responses, "o3").url,
            "https://mine.openai.azure.com/openai/responses?api-version=2024-10-21");

  environment["AZURE_OPENAI_ENDPOINT"] = "https://gate.example/azure/openai/v1";
  const auto elsewhere = vendors_of(environment);
  EXPECT_EQ(elsewhere->at(0).base_url, "https://gate.example/azure/openai");
  EXPECT_EQ(elsewhere->at(0).label, "gate.example");
  environment["AZURE_OPENAI_DEPLOYMENTS"] = "a/b";
  EXPECT_FALSE(vendors_of(environment));
  environment["AZURE_OPENAI_DEPLOYMENTS"] = "a";
  environment.erase("AZURE_OPENAI_ENDPOINT");
  EXPECT_FALSE(vendors_of(environment));
}

TEST(Vendors, AnyAddressSpeaksAnyProtocol) {
  const auto custom = [](const char* url, const char* protocol) {
    const auto vendors = vendors_of({{"CUSTOM_BASE_URL", url}, {"CUSTOM_PROTOCOL", protocol}});
    return std::pair{vendors->at(0).protocol, vendors->at(0).base_url};
  };
  EXPECT_EQ(custom("http://a", ""), std::pair(ProtocolId::openai_chat, std::string("http://a/v1")));
  EXPECT_EQ(custom("http://a", "responses"),
            std::pair(ProtocolId::openai_responses, std::string("http://a/v1")));
  EXPECT_EQ(custom("http://a/x", "anthropic"),
            std::pair(ProtocolId::anthropic_messages, std::string("http://a/x/v1")));
  EXPECT_EQ(custom("http://a/x", "gemini"),
            std::pair(ProtocolId::gemini, std::string("http://a/x/v1beta")));
  EXPECT_TRUE(vendors_of({{"CUSTOM_API_KEY", "k"}, {"VLLM_API_KEY", "k"}})->empty())
      << "a key without an address";
}

struct AddressCase {
  const char* name;
  const char* variable;
  const char* value;
  const char* base_url;  // nullptr: refused
  const char* label;
};

class Addresses : public testing::TestWithParam<AddressCase> {};

TEST_P(Addresses, AreReadOrRefused) {
  const AddressCase& tested = GetParam();
  const auto vendors = vendors_of({{tested.variable, tested.value}});
  if (tested.base_url == nullptr) {
    ASSERT_FALSE(vendors);
    EXPECT_EQ(vendors.error().code, Errc::invalid_field);
    EXPECT_EQ(vendors.error().detail.find(tested.variable), 0U) << vendors.error().detail;
    EXPECT_EQ(vendors.error().detail.find("secret"), std::string::npos);
    return;
  }
  ASSERT_TRUE(vendors) << vendors.error().detail;
  ASSERT_EQ(vendors->size(), 1U);
  EXPECT_EQ(vendors->front().base_url, tested.base_url);
  EXPECT_EQ(vendors->front().label, tested.label);
}

constexpr const char* ollama = "OLLAMA_HOST";
constexpr const char* base = "OPENAI_BASE_URL";
constexpr const char* anthropic = "ANTHROPIC_BASE_URL";

INSTANTIATE_TEST_SUITE_P(
    , Addresses,
    testing::Values(
        AddressCase{"host", ollama, "box", "http://box:11434/v1", "Ollama"},
        AddressCase{"host_port", ollama, "box:1234", "http://box:1234/v1", "Ollama"},
        AddressCase{"ip", ollama, "10.0.0.7", "http://10.0.0.7:11434/v1", "Ollama"},
        AddressCase{"port_alone", ollama, ":1234", "http://127.0.0.1:1234/v1", "Ollama"},
        AddressCase{"all_interfaces", ollama, "0.0.0.0", "http://127.0.0.1:11434/v1", "Ollama"},
        AddressCase{"all_interfaces_port", ollama, "0.0.0.0:1234", "http://127.0.0.1:1234/v1",
                    "Ollama"},
        AddressCase{"all_interfaces_v6", ollama, "[::]:1234", "http://[::1]:1234/v1", "Ollama"},
        AddressCase{"v6", ollama, "[::1]", "http://[::1]:11434/v1", "Ollama"},
        AddressCase{"v6_port", ollama, "[fe80::2]:1234", "http://[fe80::2]:1234/v1", "Ollama"},
        AddressCase{"v6_bare", ollama, "::1", "http://[::1]:11434/v1", "Ollama"},
        AddressCase{"url", ollama, "http://box:1234", "http://box:1234/v1", "Ollama"},
        AddressCase{"url_slash", ollama, "http://box:1234/", "http://box:1234/v1", "Ollama"},
        AddressCase{"url_default_port", ollama, "http://box", "http://box/v1", "Ollama"},
        AddressCase{"https", ollama, "HTTPS://box", "https://box/v1", "Ollama"},
        AddressCase{"url_path", ollama, "https://box/ollama/", "https://box/ollama/v1", "Ollama"},
        AddressCase{"quoted", ollama, " \"box:1234\" ", "http://box:1234/v1", "Ollama"},
        AddressCase{"ollama_port_0", ollama, "box:0", nullptr, ""},
        AddressCase{"ollama_port_large", ollama, "box:65536", nullptr, ""},
        AddressCase{"ollama_port_word", ollama, "box:port", nullptr, ""},
        AddressCase{"ollama_scheme", ollama, "ftp://box", nullptr, ""},
        AddressCase{"ollama_user", ollama, "http://me:secret@box", nullptr, ""},
        AddressCase{"ollama_space", ollama, "my box", nullptr, ""},
        AddressCase{"ollama_bad_v6", ollama, "[box]", nullptr, ""},
        AddressCase{"ollama_query", ollama, "http://box?x=secret", nullptr, ""},
        AddressCase{"base", base, "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1",
                    "127.0.0.1:8080"},
        AddressCase{"base_slashes", base, "http://127.0.0.1:8080/v1//", "http://127.0.0.1:8080/v1",
                    "127.0.0.1:8080"},
        AddressCase{"base_without_path", base, "http://127.0.0.1:8080", "http://127.0.0.1:8080/v1",
                    "127.0.0.1:8080"},
        AddressCase{"base_other_path", base, "https://gate.example/openai",
                    "https://gate.example/openai", "gate.example"},
        AddressCase{"base_itself", base, "https://api.openai.com/v1/", "https://api.openai.com/v1",
                    "OpenAI"},
        AddressCase{"anthropic_as_its_own_programs", anthropic, "https://api.anthropic.com",
                    "https://api.anthropic.com/v1", "Anthropic"},
        AddressCase{"anthropic_with_version", anthropic, "https://api.anthropic.com/v1/",
                    "https://api.anthropic.com/v1", "Anthropic"},
        AddressCase{"anthropic_path", anthropic, "https://gate.example/anthropic",
                    "https://gate.example/anthropic/v1", "gate.example"},
        AddressCase{"gemini_as_its_own_programs", "GEMINI_BASE_URL", "https://gate.example/google",
                    "https://gate.example/google/v1beta", "gate.example"},
        AddressCase{"other_base", "MISTRAL_BASE_URL", "http://127.0.0.1:9000",
                    "http://127.0.0.1:9000/v1", "127.0.0.1:9000"},
        AddressCase{"local_program", "VLLM_BASE_URL", "http://127.0.0.1:8000",
                    "http://127.0.0.1:8000/v1", "vLLM"},
        AddressCase{"program_elsewhere", "LLAMACPP_BASE_URL", "http://gpu:8080/v1",
                    "http://gpu:8080/v1", "llama.cpp (gpu:8080)"},
        AddressCase{"studio", "LMSTUDIO_BASE_URL", "http://localhost:1234",
                    "http://localhost:1234/v1", "LM Studio"},
        AddressCase{"any_address", "CUSTOM_BASE_URL", "https://models.example/api",
                    "https://models.example/api", "models.example"},
        AddressCase{"any_address_word", "CUSTOM_BASE_URL", "models", nullptr, ""},
        AddressCase{"anthropic_user", anthropic, "https://me:secret@host", nullptr, ""},
        AddressCase{"base_word", base, "localhost:8080", nullptr, ""},
        AddressCase{"base_empty_host", base, "http://", nullptr, ""},
        AddressCase{"base_only_port", base, "http://:80", nullptr, ""},
        AddressCase{"base_user", base, "https://me:secret@host/v1", nullptr, ""},
        AddressCase{"base_fragment", base, "https://host/v1#secret", nullptr, ""},
        AddressCase{"base_query", base, "https://host/v1?key=secret", nullptr, ""},
        AddressCase{"base_file", base, "file:///etc/passwd", nullptr, ""},
        AddressCase{"base_line", base, "https://host/v1\nX: secret", nullptr, ""},
        AddressCase{"key_with_line", "GROQ_API_KEY", "a\nsecret: b", nullptr, ""},
        AddressCase{"key_with_space", "OPENAI_API_KEY", "secret b", nullptr, ""}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace threadkeep::llm
