"""Our layered surface as a plugin for Mitsuba, so that both renderers are asked about the same material.

What `crates/render/src/bsdf/layered.rs` and `ggx.rs` document, written a second time: Lambert under a GGX dielectric whose directional albedo decides how
much light passes, or metal, both with what their facets reflect to each other. The albedo table is part of the model and is computed here from its definition. Only the
value is the model; the sampling is this file's own.
"""
import drjit as dr
import mitsuba as mi
import numpy as np

COSINES = ROUGHNESSES = 32
POINTS = 256
ALPHA_MIN = 0.0004


def evaluate(o, i, alpha):
    """GGX reflection without Fresnel: value × cosine, density of visible normals, cosine to the half vector. Arrays `[..., 3]`."""
    h = o + i
    h = h / np.linalg.norm(h, axis=-1, keepdims=True)
    squared = alpha * alpha
    d = squared / (np.pi * (h[..., 0] ** 2 + h[..., 1] ** 2 + squared * h[..., 2] ** 2) ** 2)

    def masking(w):
        return 0.5 * (np.sqrt(1 + squared * (w[..., 0] ** 2 + w[..., 1] ** 2) / w[..., 2] ** 2) - 1)

    common = d / (4 * o[..., 2])
    return common / (1 + masking(o) + masking(i)), common / (1 + masking(o)), (o * h).sum(-1)


def table():
    """Directional albedo `[roughness, cosine, (Fresnel 1, Fresnel (1 − cos)^5)]` and its mean `[roughness, 2]`."""
    k = np.arange(POINTS)
    radical = np.array([int(f"{n:032b}"[::-1], 2) for n in k]) / 2.0**32
    u = np.stack([(k + 0.5) / POINTS, radical], 1)
    directional, mean = np.zeros((ROUGHNESSES, COSINES, 2)), np.zeros((ROUGHNESSES, 2))
    for row in range(ROUGHNESSES):
        alpha = max((row / (ROUGHNESSES - 1)) ** 2, ALPHA_MIN)
        for column in range(COSINES):
            z = max((column / (COSINES - 1)) ** 2, 1e-4)
            o = np.array([np.sqrt(1 - z * z), 0, z])
            stretched = o * [alpha, alpha, 1]
            stretched /= np.linalg.norm(stretched)
            height = (1 - u[:, 1]) * (1 + stretched[2]) - stretched[2]
            radius = np.sqrt(np.maximum(1 - height**2, 0))
            angle = 2 * np.pi * u[:, 0]
            h = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1) + stretched
            h = np.stack([h[:, 0] * alpha, h[:, 1] * alpha, np.maximum(h[:, 2], 1e-9)], 1)
            h /= np.linalg.norm(h, axis=1, keepdims=True)
            i = h * (2 * (h @ o))[:, None] - o
            i = i[i[:, 2] > 1e-6]
            value, density, cosine = evaluate(o, i, alpha)
            directional[row, column] = [(value / density).sum() / POINTS, (value / density * (1 - cosine) ** 5).sum() / POINTS]
        x = (np.arange(1024) + 0.5) / 1024
        at = x * (COSINES - 1)
        low = np.minimum(at.astype(int), COSINES - 2)
        w = (at - low)[:, None]
        entries = directional[row, low] * (1 - w) + directional[row, low + 1] * w
        mean[row] = (4 * x[:, None] ** 3 * entries).mean(0)
    return directional, mean


def register():
    """Makes the plugins `populace_layered` and `populace_veil` known. A variant must have been set."""
    directional, mean = table()

    class Veil(mi.BSDF):
        """The boundary of a turbid body: whatever comes from one side leaves on the other, evenly (Lambert)."""

        def __init__(self, props):
            mi.BSDF.__init__(self, props)
            self.m_components = [mi.BSDFFlags.DiffuseTransmission | mi.BSDFFlags.FrontSide | mi.BSDFFlags.BackSide]
            self.m_flags = self.m_components[0]

        def eval(self, ctx, si, wo, active=True):
            return mi.Color3f(self.pdf(ctx, si, wo, active))

        def pdf(self, ctx, si, wo, active=True):
            return dr.select(mi.Bool(active) & (si.wi.z * wo.z < 0), dr.abs(wo.z) * dr.inv_pi, 0)

        def eval_pdf(self, ctx, si, wo, active=True):
            return self.eval(ctx, si, wo, active), self.pdf(ctx, si, wo, active)

        def sample(self, ctx, si, sample1, sample2, active=True):
            bs = mi.BSDFSample3f()
            wo = mi.warp.square_to_cosine_hemisphere(sample2)
            bs.wo = mi.Vector3f(wo.x, wo.y, dr.select(si.wi.z > 0, -wo.z, wo.z))
            bs.pdf = wo.z * dr.inv_pi
            bs.eta = 1.0
            bs.sampled_component = mi.UInt32(0)
            bs.sampled_type = mi.UInt32(+self.m_flags)
            return bs, dr.select(mi.Bool(active), mi.Color3f(1), 0)

        def to_string(self):
            return "populace_veil"

    class Layered(mi.BSDF):
        """`base` (texture), `roughness`, `metallic`, `ior`, `specular`."""

        def __init__(self, props):
            mi.BSDF.__init__(self, props)
            base = props["base"]
            self.texture, self.colour = (base, None) if isinstance(base, mi.Texture) else (None, mi.Color3f(base))
            alpha = min(max(float(props["roughness"]) ** 2, ALPHA_MIN), 1.0)
            self.metallic, self.specular = float(props["metallic"]), float(props["specular"])
            ior = float(props["ior"])
            self.dielectric = (self.specular * ((ior - 1) / (ior + 1)) ** 2, self.specular)
            self.alpha = alpha
            at = alpha**0.5 * (ROUGHNESSES - 1)
            row = min(int(at), ROUGHNESSES - 2)
            w = at - row
            # Roughness is the same everywhere: interpolated once.
            line = directional[row] * (1 - w) + directional[row + 1] * w
            self.full, self.edge = mi.Float(line[:, 0].astype(np.float32)), mi.Float(line[:, 1].astype(np.float32))
            self.mean = [float(x) for x in mean[row] * (1 - w) + mean[row + 1] * w]
            average = self.dielectric[0] + (self.dielectric[1] - self.dielectric[0]) / 21
            self.dielectric_again = average**2 * self.mean[0] / (1 - average * (1 - self.mean[0]))
            self.microfacets = mi.MicrofacetDistribution(mi.MicrofacetType.GGX, alpha, True)
            flags = mi.BSDFFlags.FrontSide
            self.m_components = [mi.BSDFFlags.GlossyReflection | flags, mi.BSDFFlags.DiffuseReflection | flags]
            self.m_flags = self.m_components[0] | self.m_components[1]

        def directional(self, cosine):
            at = dr.sqrt(dr.clip(cosine, 0, 1)) * (COSINES - 1)
            low = dr.minimum(mi.UInt32(at), COSINES - 2)
            w = at - mi.Float(low)

            def mix(table):
                return dr.gather(mi.Float, table, low) * (1 - w) + dr.gather(mi.Float, table, low + 1) * w

            return mix(self.full), mix(self.edge)

        def through(self, full, edge):
            return 1 - (self.dielectric[0] * (full - edge) + self.dielectric[1] * edge) - self.dielectric_again * (1 - full)

        def value(self, si, o, i, active):
            """Value × cosine."""
            base = self.colour if self.texture is None else self.texture.eval(si, active)
            h = dr.normalize(o + i)
            squared = self.alpha * self.alpha
            d = squared / (dr.pi * dr.square(h.x * h.x + h.y * h.y + squared * h.z * h.z))

            def masking(w):
                return 0.5 * (dr.sqrt(1 + squared * (w.x * w.x + w.y * w.y) / (w.z * w.z)) - 1)

            lobe = d / (4 * o.z * (1 + masking(o) + masking(i)))
            x = dr.clip(1 - dr.dot(o, h), 0, 1)
            schlick = dr.square(dr.square(x)) * x
            f0 = base * self.metallic + (1 - self.metallic) * self.dielectric[0]
            f90 = self.metallic + (1 - self.metallic) * self.dielectric[1]
            value = (f0 * (1 - schlick) + f90 * schlick) * lobe
            (full_o, edge_o), (full_i, edge_i) = self.directional(o.z), self.directional(i.z)
            lambert = base * ((1 - self.metallic) * self.through(full_o, edge_o) / (self.through(*self.mean) * dr.pi))
            value += lambert * self.through(full_i, edge_i) * i.z
            lost = 1 - self.mean[0]
            average = base + (1 - base) / 21
            again = (1 - self.metallic) * self.dielectric_again + self.metallic * average * average * self.mean[0] / (1 - average * lost)
            value += again * ((1 - full_o) * (1 - full_i) / (max(lost, 1e-6) * dr.pi)) * i.z
            return value

        def eval(self, ctx, si, wo, active=True):
            active = mi.Bool(active) & (si.wi.z > 0) & (wo.z > 0)
            return dr.select(active, self.value(si, si.wi, wo, active), 0)

        def pdf(self, ctx, si, wo, active=True):
            active = mi.Bool(active) & (si.wi.z > 0) & (wo.z > 0)
            h = dr.normalize(si.wi + wo)
            glossy = self.microfacets.pdf(si.wi, h) / (4 * dr.dot(wo, h))
            return dr.select(active, 0.5 * glossy + 0.5 * wo.z * dr.inv_pi, 0)

        def eval_pdf(self, ctx, si, wo, active=True):
            return self.eval(ctx, si, wo, active), self.pdf(ctx, si, wo, active)

        def sample(self, ctx, si, sample1, sample2, active=True):
            active = mi.Bool(active) & (si.wi.z > 0)
            h, _ = self.microfacets.sample(si.wi, sample2)
            wo = dr.select(sample1 < 0.5, mi.reflect(si.wi, h), mi.warp.square_to_cosine_hemisphere(sample2))
            bs = mi.BSDFSample3f()
            bs.wo = wo
            bs.pdf = self.pdf(ctx, si, wo, active)
            bs.eta = 1.0
            bs.sampled_component = mi.UInt32(0)
            bs.sampled_type = mi.UInt32(+self.m_flags)
            active &= (wo.z > 0) & (bs.pdf > 0)
            return bs, dr.select(active, self.value(si, si.wi, wo, active) / bs.pdf, 0)

        def traverse(self, callback):
            if self.texture is not None:
                callback.put("base", self.texture, mi.ParamFlags.Differentiable)

        def to_string(self):
            return "populace_layered"

    mi.register_bsdf("populace_layered", Layered)
    mi.register_bsdf("populace_veil", Veil)
