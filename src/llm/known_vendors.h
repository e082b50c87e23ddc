// The vendors that Threadkeep knows by name, and what is filled in for whoever sets one up. Inside
// src/llm.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/protocol.h"
#include "llm/vendor_address.h"

namespace threadkeep::llm {

struct KnownVendor {
  const char* name;
  const char* label;
  ProtocolId protocol;
  const char* key_variable;
  const char* base_variable;
  const char* protocol_variable;  // nullptr: it speaks only one
  const char* base_url;           // empty: wherever somebody runs it
};

// Ollama, which has no key in the environment, comes second there; Azure comes last.
inline constexpr KnownVendor known_openai = {
    "openai",          "OpenAI",          ProtocolId::openai,         "OPENAI_API_KEY",
    "OPENAI_BASE_URL", "OPENAI_PROTOCOL", "https://api.openai.com/v1"};
inline constexpr auto known_others = std::to_array<KnownVendor>({
    {"anthropic", "Anthropic", ProtocolId::anthropic_messages, "ANTHROPIC_API_KEY",
     "ANTHROPIC_BASE_URL", nullptr, "https://api.anthropic.com/v1"},
    {"gemini", "Google Gemini", ProtocolId::gemini, "GEMINI_API_KEY", "GEMINI_BASE_URL", nullptr,
     "https://generativelanguage.googleapis.com/v1beta"},
    {"openrouter", "OpenRouter", ProtocolId::openai_chat, "OPENROUTER_API_KEY",
     "OPENROUTER_BASE_URL", "OPENROUTER_PROTOCOL", "https://openrouter.ai/api/v1"},
    {"groq", "Groq", ProtocolId::openai_chat, "GROQ_API_KEY", "GROQ_BASE_URL", "GROQ_PROTOCOL",
     "https://api.groq.com/openai/v1"},
    {"mistral", "Mistral", ProtocolId::openai_chat, "MISTRAL_API_KEY", "MISTRAL_BASE_URL",
     "MISTRAL_PROTOCOL", "https://api.mistral.ai/v1"},
    {"deepseek", "DeepSeek", ProtocolId::openai_chat, "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL",
     "DEEPSEEK_PROTOCOL", "https://api.deepseek.com/v1"},
    {"xai", "xAI", ProtocolId::openai_chat, "XAI_API_KEY", "XAI_BASE_URL", "XAI_PROTOCOL",
     "https://api.x.ai/v1"},
    {"vllm", "vLLM", ProtocolId::openai_chat, "VLLM_API_KEY", "VLLM_BASE_URL", "VLLM_PROTOCOL", ""},
    {"llamacpp", "llama.cpp", ProtocolId::openai_chat, "LLAMACPP_API_KEY", "LLAMACPP_BASE_URL",
     "LLAMACPP_PROTOCOL", ""},
    {"lmstudio", "LM Studio", ProtocolId::openai_chat, "LMSTUDIO_API_KEY", "LMSTUDIO_BASE_URL",
     "LMSTUDIO_PROTOCOL", ""},
    {"custom", "", ProtocolId::openai_chat, "CUSTOM_API_KEY", "CUSTOM_BASE_URL", "CUSTOM_PROTOCOL",
     ""},
});

// An address of the table itself, as Vendor::base_url.
bool is_address_of_known_vendor(std::string_view base_url);

// "chat", "responses", "anthropic" or "gemini".
std::optional<ProtocolId> parse_protocol(std::string_view name);
// The name that gives this protocol back; empty: each model in the one that is right for it.
std::string_view protocol_name(ProtocolId protocol);

// The vendors' own programs take the address without the version; OpenAI's take it with that, where
// no path at all is somebody's who does not know.
void add_version(ProtocolId protocol, VendorAddress& address);

// People see where their words go: a name stands only for the vendor's own address, or for a
// program on this machine.
std::string label_at(const KnownVendor& known, const VendorAddress& address);

// Names with commas between them. Fails: invalid_field, with a sentence that begins with `field`.
Result<std::vector<std::string>> parse_deployments(std::string_view text, const std::string& field);

// A person's own resource at Azure: the path that belongs to the version; empty: to none.
void add_azure_path(std::string_view api_version, VendorAddress& address);

bool is_printable(std::string_view text);  // ASCII, without spaces

}  // namespace threadkeep::llm
