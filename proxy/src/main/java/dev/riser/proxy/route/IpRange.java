package dev.riser.proxy.route;

/**
 * A range of IP addresses in CIDR form.
 *
 * @param base its first address
 * @param prefixLength number of leading bits that must agree: 0 to 32, or 0 to 128 for IPv6
 */
public record IpRange(IpAddress base, int prefixLength) {
    /** Whether the address is in the range; never where one is IPv4 and the other IPv6. */
    public boolean contains(IpAddress address) {
        if (address.version6() != base.version6()) {
            return false;
        }
        if (!base.version6()) {
            return prefixLength == 0 || ((address.low() ^ base.low()) & 0xffff_ffffL) >>> (32 - prefixLength) == 0;
        }
        long differentHigh = address.high() ^ base.high();
        if (prefixLength <= 64) {
            return prefixLength == 0 || differentHigh >>> (64 - prefixLength) == 0;
        }
        return differentHigh == 0 && (address.low() ^ base.low()) >>> (128 - prefixLength) == 0;
    }
}
