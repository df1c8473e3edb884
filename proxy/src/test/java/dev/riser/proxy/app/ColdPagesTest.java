package dev.riser.proxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ColdPagesTest {
    private static List<String> mapping(String head, int anonymous, int swapped) {
        return List.of(
                head,
                "Size:                 12 kB",
                "Rss:                  12 kB",
                "Anonymous:             %d kB".formatted(anonymous),
                "Swap:                  %d kB".formatted(swapped),
                "VmFlags: rd mr mw me");
    }

    private static List<ColdPages.Mapping> unchanged(String head, int anonymous, int swapped) {
        return ColdPages.unchanged(mapping(head, anonymous, swapped));
    }

    @Test
    void what_only_holds_a_files_content_is_given_back() {
        assertThat(unchanged("800000000-800004000 r--p 01000000 fe:00 247741   /a dir/proxy.aot", 0, 0))
                .containsExactly(new ColdPages.Mapping(0x800000000L, 0x800004000L));
        assertThat(unchanged("7f0000001000-7f0000002000 r-xp 00001000 fe:00 9   /usr/lib/jvm/libjvm.so", 0, 0))
                .hasSize(1);
        assertThat(unchanged("7f0000001000-7f0000002000 r-xp 00001000 fe:00 9   /tmp/libnetty.so (deleted)", 0, 0))
                .hasSize(1);
    }

    @Test
    void what_would_be_lost_stays() {
        String file = "   /usr/lib/jvm/libjvm.so";
        assertThat(unchanged("1000-2000 r--p 00001000 fe:00 9" + file, 4, 0)).isEmpty();
        assertThat(unchanged("1000-2000 r--p 00001000 fe:00 9" + file, 0, 4)).isEmpty();
        assertThat(unchanged("1000-2000 rw-p 00001000 fe:00 9" + file, 0, 0)).isEmpty();
        assertThat(unchanged("1000-2000 r--s 00001000 fe:00 9" + file, 0, 0)).isEmpty();
        assertThat(unchanged("1000-2000 r--p 00000000 00:00 0", 0, 0)).isEmpty();
        assertThat(unchanged("1000-2000 r--p 00000000 00:00 0   [vvar]", 0, 0)).isEmpty();
        assertThat(unchanged("1000-2000 r--p 00000000 fe:00 9   /srv/data", 0, 0))
                .isEmpty();
    }

    @Test
    void one_mapping_says_nothing_about_the_next() {
        List<String> smaps = new ArrayList<>(mapping("1000-2000 r-xp 0 fe:00 9  /lib/a.so", 4, 0));
        smaps.addAll(mapping("2000-3000 r-xp 0 fe:00 9  /lib/a.so", 0, 0));
        smaps.addAll(mapping("3000-4000 rw-p 0 fe:00 9  /lib/a.so", 8, 0));

        assertThat(ColdPages.unchanged(smaps)).containsExactly(new ColdPages.Mapping(0x2000, 0x3000));
    }

    @Test
    void this_very_process_survives_it() throws Exception {
        ColdPages.release();

        assertThat(List.of(3, 1, 2).stream().sorted().toList()).containsExactly(1, 2, 3);
    }
}
