package dev.riser.proxy.telemetry;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses as Envoy writes them: {@code 10.0.0.1:80}, {@code [fd00::1]:80}. */
final class AddressText {
    private AddressText() {}

    static String of(InetSocketAddress address) {
        return NetUtil.toSocketAddressString(address);
    }

    static String withoutPort(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return resolved == null ? address.getHostString() : NetUtil.toAddressString(resolved);
    }
}
