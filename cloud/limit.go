package cloud

import "context"

// The bandwidth of an endpoint connection that is limited, in Mbit/s: Bandwidth
// of UpdateVpcEndpointConnectionAttribute with a CLB behind the service. A new
// connection has none (its TrafficControlMode NoLimit).
const (
	LeastBandwidth = 100
	MostBandwidth  = 10_240
)

// SetBandwidth limits what an endpoint connection of one of the account's
// services carries, in Mbit/s each way and for all its zones together; an empty
// one is no limit. The field is "bandwidth". Connections through it live on. Only
// aliyun's have one: of ctyun's, none is documented.
func (c *Caller) SetBandwidth(ctx context.Context, service, endpoint, mbits string) (Endpoint, error) {
	var e Endpoint
	err := c.write(ctx, func(tx *Tx) (err error) {
		var s Service
		if s, e, err = c.connection(tx, service, endpoint); err != nil {
			return err
		}
		if mapped(s) {
			return notFound("endpoint", endpoint)
		}
		if err := c.may(tx, e, ActLimit); err != nil {
			return err
		}
		var ck check
		e.Bandwidth = ck.bandwidth(mbits)
		if err := ck.err(); err != nil {
			return err
		}
		return tx.Endpoints.Put(e)
	})
	return e, err
}

func (c *check) bandwidth(mbits string) int {
	if mbits == "" {
		return 0
	}
	return c.number("bandwidth", mbits, 0, LeastBandwidth, MostBandwidth)
}

// SetSpec changes a CLB's specification, and with it how many connections it takes;
// those that live go on. The field is "spec". A load balancer of ctyun has the
// largest, and no choice.
func (c *Caller) SetSpec(ctx context.Context, balancer, spec string) (Balancer, error) {
	var b Balancer
	err := c.write(ctx, func(tx *Tx) (err error) {
		if b, err = c.balancer(tx, balancer); err != nil {
			return err
		}
		if inCtyun(b.Region) {
			return notFound("balancer", balancer)
		}
		var ck check
		b.Spec = ck.oneOf("spec", spec, "", specIDs()...)
		if err := ck.err(); err != nil {
			return err
		}
		return tx.Balancers.Put(b)
	})
	return b, err
}

// ProxyOff is the choice of no PROXY protocol in a form.
const ProxyOff = "off"

// ProxyForms are the forms of PROXY protocol that a service may choose: whose
// records the header has (REQUIREMENTS B.7), "plain" being the addresses alone.
func ProxyForms() []string { return []string{"aliyun", "plain", "aws", "azure", "gcp", "sap"} }

func (c *check) proxy(v string) string {
	if v == "" || v == ProxyOff {
		return ""
	}
	return c.oneOf("proxyprotocol", v, "", ProxyForms()...)
}
