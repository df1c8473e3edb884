"""Bodies of a gigabyte through the mesh, with memory that stays bounded."""

import json
import time
import unittest

from mesh import Mesh, figure, program, resident, until
from test_protocols import MIB, expected_download

SIZE = 1024 * MIB


class LargeBodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("large")
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start()
        mesh.run("web", *program("answer", 8000, "hello"), service="web", ports=["8000:http"])
        mesh.run("raw", *program("answer", 8001, "hello"), service="raw", ports=["8001:tcp"])
        cls.shell = mesh.shell()
        until(lambda: cls.shell.curl("http://web:8000/") == (0, "hello"), 15, "the mesh answers")

    def carry(self, name, host, port):
        """Runs a program to its end; gives what it said and the most memory that the proxy had meanwhile, in MiB."""
        process = self.shell.spawn(*program(name, host, port, SIZE), stdout=-1, stderr=-1)
        most, begun, proxy = 0, time.monotonic(), self.mesh.proxy_pid()
        while process.poll() is None:
            most = max(most, resident(proxy))
            self.assertLess(time.monotonic() - begun, 400, f"{name} takes too long")
            time.sleep(0.2)
        said, wrong = process.communicate()
        self.assertEqual(process.returncode, 0, wrong.decode())
        figure(f"{name} of 1 GiB from {host}: {time.monotonic() - begun:.0f} s, the proxy had at most {most:.0f} MiB")
        self.assertLess(most, 256)
        return json.loads(said.splitlines()[-1])

    def test_a_download_with_a_slow_reader(self):
        for host, port in (("web", 8000), ("raw", 8001)):
            result = self.carry("slow_download", host, port)
            self.assertEqual((result["count"], result["sha256"]), (SIZE, expected_download(SIZE)))

    def test_an_upload_to_a_slow_reader(self):
        result = self.carry("upload", "web", 8000)
        self.assertEqual(result["answer"], f"{result['sha256']} {SIZE}")
