package dev.riser.control.translate;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.riser.control.world.IpText;
import dev.riser.model.IpBlock;
import dev.riser.model.Origin;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Map;

/** The small messages that many resources contain. */
final class Wire {
    private Wire() {}

    static ConfigSource ads() {
        return ConfigSource.newBuilder()
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3)
                .build();
    }

    static Any any(Message message) {
        return Any.pack(message);
    }

    static UInt32Value uint(int value) {
        return UInt32Value.of(value);
    }

    static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    static Address address(String ip, int port) {
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
                .build();
    }

    static CidrRange range(IpBlock block) {
        return CidrRange.newBuilder()
                .setAddressPrefix(IpText.of(block.address()))
                .setPrefixLen(uint(block.prefixLength()))
                .build();
    }

    static StringMatcher exact(String value) {
        return StringMatcher.newBuilder().setExact(value).build();
    }

    static StringMatcher prefix(String value) {
        return StringMatcher.newBuilder().setPrefix(value).build();
    }

    static StringMatcher regex(String value) {
        return StringMatcher.newBuilder().setSafeRegex(regexMatcher(value)).build();
    }

    static RegexMatcher regexMatcher(String value) {
        return RegexMatcher.newBuilder().setRegex(value).build();
    }

    static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }

    /** Which object, and which rule of it, a resource came from. */
    static Metadata origin(Origin origin, String rule, int line) {
        return Metadata.newBuilder()
                .putFilterMetadata("riser", originStruct(origin, rule, line))
                .build();
    }

    static Metadata origin(Origin origin) {
        return origin(origin, "", origin.line());
    }

    static Struct originStruct(Origin origin, String rule, int line) {
        Struct.Builder fields = Struct.newBuilder();
        Map<String, String> texts = Map.of(
                "kind", origin.kind(),
                "namespace", origin.namespace(),
                "name", origin.name(),
                "rule", rule,
                "location", origin.location(line));
        texts.keySet().stream().sorted().forEach(key -> fields.putFields(key, text(texts.getOrDefault(key, ""))));
        return Struct.newBuilder()
                .putFields("origin", Value.newBuilder().setStructValue(fields).build())
                .build();
    }
}
