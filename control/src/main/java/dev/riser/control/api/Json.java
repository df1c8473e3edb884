package dev.riser.control.api;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How the API writes and reads JSON. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    static JsonNode read(byte[] text) {
        return MAPPER.readTree(text);
    }

    static <T> T read(byte[] text, Class<T> type) {
        return MAPPER.readValue(text, type);
    }

    private Json() {}
}
